using System.Diagnostics;

/// <summary>
/// Kills a program that a test started, at the step of a training that <see cref="Checkpoint"/> names: as its first
/// file is written. The runtime calls it in a process whose DOTNET_STARTUP_HOOKS names this assembly, before Main.
/// </summary>
internal static class StartupHook
{
    /// <summary>The environment variable with the name of the checkpoint's folder, such as step-000000015.</summary>
    internal const string Checkpoint = "CALM_TEST_KILLED_AT";

    public static void Initialize()
    {
        string checkpoint = Environment.GetEnvironmentVariable(Checkpoint)!;
        Disk.Observer = operation =>
        {
            if (operation.Path.Contains(checkpoint, StringComparison.Ordinal))
            {
                using Process self = Process.GetCurrentProcess();
                self.Kill();
                Thread.Sleep(Timeout.Infinite); // the signal comes in a moment; nothing may be written until then
            }
        };
    }
}

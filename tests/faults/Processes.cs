using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Calm.Faults;

/// <summary>The program as a process of its own.</summary>
internal sealed partial class CalmProcess : IDisposable
{
    private const int Terminate = 15;

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private CalmProcess(string[] args)
    {
        ProcessStartInfo start = new("dotnet", [typeof(CommandLine).Assembly.Location, .. args])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_TieredPGO"] = "0"; // short processes start sooner
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>Starts one.</summary>
    public static CalmProcess Start(params string[] args) => new(args);

    /// <summary>Waits for a time; whether it has ended.</summary>
    public bool Wait(TimeSpan time) => _process.WaitForExit(time);

    /// <summary>Ends it as the system does when memory runs out.</summary>
    /// <returns>Whether it still ran.</returns>
    public bool Kill()
    {
        bool ran = !_process.HasExited;
        _process.Kill();
        _process.WaitForExit();
        return ran;
    }

    /// <summary>Asks it to save and stop.</summary>
    public void AskToStop() => _ = Signal(_process.Id, Terminate);

    /// <summary>Waits for its end.</summary>
    public Result End()
    {
        _process.WaitForExit();
        return new Result(_process.ExitCode, _output.Result, _error.Result);
    }

    public void Dispose() => _process.Dispose();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}

using System.Diagnostics;
using System.Reflection;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>Runs <c>calm bench</c> in processes and reads their results.</summary>
internal sealed class BenchProcess : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("calm-trust-").FullName;

    /// <summary>The table of all ops.</summary>
    /// <param name="cache">warm or cold.</param>
    public SavedBench Table(string cache) => Run(isSlowed: false, "--cache", cache);

    /// <summary>The kernels of <see cref="SlowedCases"/>, measured until they are hardly noisy.</summary>
    public SavedBench Kernels(bool isSlowed) => Run(
        isSlowed, "--assembly", Assembly.GetExecutingAssembly().Location, "--noise", "0.3", "--seconds", "3");

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private SavedBench Run(bool isSlowed, params string[] more)
    {
        string program = typeof(BenchRow).Assembly.Location;
        ProcessStartInfo start = new(
            "dotnet", [program, "bench", "--device", "host", "--step", "none", "--json", .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[SlowedCases.Variable] = isSlowed ? "1" : "0";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new CalmException($"calm bench {string.Join(' ', more)}: {error.Result}");
        }

        string file = Path.Combine(_folder, "result.json");
        File.WriteAllText(file, output);
        return SavedBench.Read(file);
    }
}

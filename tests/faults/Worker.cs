using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Calm.Faults;

/// <summary>The end of a command in a worker.</summary>
/// <param name="Result">The command's end.</param>
/// <param name="Stopped">Whether it still worked, and reported, when its time was up.</param>
internal sealed record WorkerAnswer(Result Result, bool Stopped);

/// <summary>
/// Runs commands one after the other in a process of its own, which can be ended when one of them hangs or takes all memory:
/// as fast as in this process, and as safe as in a new one.
/// </summary>
internal sealed class Worker : IDisposable
{
    private const long MostBytes = 1_000_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(10); // of each processor's time: others may use the machine
    private static readonly TimeSpan Standstill = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly string _folder;
    private Process? _process;

    /// <summary>A worker whose commands run in a folder.</summary>
    public Worker(string folder) => _folder = folder;

    /// <summary>The worker's own side.</summary>
    public static int Serve(TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            string[] args = JsonSerializer.Deserialize<string[]>(line)!;
            Answer(new WorkerAnswer(InProcess.Run(args, Patience, () =>
            {
                // A command cannot be stopped from outside: the process is.
                Answer(new WorkerAnswer(new Result(0, "", ""), Stopped: true));
                Environment.Exit(0);
            }), Stopped: false));
        }

        return 0;

        void Answer(WorkerAnswer answer)
        {
            lock (output)
            {
                output.WriteLine(JsonSerializer.Serialize(answer));
                output.Flush();
            }
        }
    }

    /// <summary>Runs a command.</summary>
    /// <returns>Its end; or the reason why it was ended: it hung, took too much memory, or took the process with it.</returns>
    public (WorkerAnswer? Answer, string? Fault) Run(string[] args)
    {
        Process process = _process ??= Start();
        process.StandardInput.WriteLine(JsonSerializer.Serialize(args));
        process.StandardInput.Flush();
        Task<string?> answer = process.StandardOutput.ReadLineAsync();
        Stopwatch clock = Stopwatch.StartNew();
        TimeSpan before = WorkOf(process);
        while (!answer.Wait(Look))
        {
            TimeSpan worked = WorkOf(process) - before;
            string? fault = worked > Hang * Environment.ProcessorCount || clock.Elapsed > Standstill ? "hangs"
                : BytesOf(process) > MostBytes ? "takes more than 1 GB"
                : null;
            if (fault is not null)
            {
                Dispose();
                return (null, fault);
            }
        }

        if (answer.Result is { } json)
        {
            WorkerAnswer end = JsonSerializer.Deserialize<WorkerAnswer>(json)!;
            if (end.Stopped)
            {
                Dispose();
            }

            return (end, null);
        }

        Dispose();
        return (null, "ends the process");
    }

    public void Dispose()
    {
        if (_process is { } process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    private static TimeSpan WorkOf(Process process)
    {
        try
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            return TimeSpan.Zero; // it has just ended: its answer is on the way
        }
    }

    private Process Start() => Process.Start(new ProcessStartInfo("dotnet", [typeof(Worker).Assembly.Location, "worker"])
    {
        RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = _folder,
    })!;

    private static long BytesOf(Process process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process.Id}/status")
                .FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(' ')[^2], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // it has just ended, or this is no Linux
        }
    }
}

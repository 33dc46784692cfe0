using System.Diagnostics;
using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// The JIT's code of an op's host loops: this program runs once more, checks the op's cases on the host, and the runtime lists
/// what it compiles, without the first quick versions of methods.
/// </summary>
internal static class HostLoops
{
    /// <summary>A method of a loop.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Method">The method: the job's own, or one that it calls.</param>
    /// <param name="CodeBytes">Bytes of its code.</param>
    /// <param name="Counts">Its instructions by kind.</param>
    /// <param name="Source">Its code.</param>
    public sealed record Loop(string Job, string Method, int CodeBytes, HostCounts Counts, string Source);

    /// <summary>The loops of an op, by job; a job's methods in the order of their calls.</summary>
    /// <param name="op">The op.</param>
    /// <param name="assembly">The assembly that brings it; null for Calm's own.</param>
    /// <exception cref="CalmException">This processor is none that the counts know, or the run gave no code.</exception>
    public static IReadOnlyList<Loop> Of(string op, string? assembly)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new CalmException($"--x86: the processor is {RuntimeInformation.ProcessArchitecture}, not X64.");
        }

        string listing = Path.GetTempFileName();
        try
        {
            string remark = Run(op, assembly, listing);
            Loop[] loops =
            [
                .. JitListing.Loops(JitListing.Read(File.ReadAllText(listing))).SelectMany(job => job.Methods.Select(
                    method => new Loop(
                        job.Job, JitListing.ShortName(method.Name), method.Bytes, HostCounts.Of(method.Text), method.Text)))
                    .Where(loop => loop.Counts.All > 1), // not the jump from the team to the job
            ];
            return loops.Length > 0
                ? loops
                : throw new CalmException($"--op {op}: no loop of it ran on the host: {remark.Split('\n')[0].Trim()}");
        }
        finally
        {
            File.Delete(listing);
        }
    }

    /// <summary>Writes the loops: a table, then the code of each method once.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<Loop> loops)
    {
        int job = Math.Max("job".Length, loops.Max(loop => loop.Job.Length)) + 2;
        int method = Math.Max("method".Length, loops.Max(loop => loop.Method.Length)) + 2;
        writer.WriteLine(
            $"{"job".PadRight(job)}{"method".PadRight(method)}{"vector fma",10}{"loads",7}{"stores",8}{"other",7}{"scalar",8}"
            + $"{"branches",10}{"calls",7}{"from memory",13}{"code B",8}");
        foreach (Loop loop in loops)
        {
            HostCounts n = loop.Counts;
            writer.WriteLine(
                $"{loop.Job.PadRight(job)}{loop.Method.PadRight(method)}{n.VectorFma,10}{n.VectorLoads,7}{n.VectorStores,8}"
                + $"{n.OtherVector,7}{n.Scalar,8}{n.Branches,10}{n.Calls,7}{n.MemoryOperands,13}{loop.CodeBytes,8}");
        }

        foreach (string source in loops.Select(loop => loop.Source).Distinct())
        {
            writer.WriteLine($"\n{source}");
        }
    }

    private static string Run(string op, string? assembly, string listing)
    {
        string program = typeof(HostLoops).Assembly.Location;
        string dotnet = Path.Combine(
            RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

        // One thread: the JIT writes the listings of several at once.
        string[] arguments =
        [
            .. program.Length > 0 ? [program] : Array.Empty<string>(),
            "verify", "--device", "host", "--threads", "1", "--op", op,
            .. assembly is null ? Array.Empty<string>() : ["--assembly", assembly],
        ];
        ProcessStartInfo start = new(program.Length > 0 ? Path.GetFullPath(dotnet) : Environment.ProcessPath!, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["DOTNET_JitDisasm"] = "*";
        start.Environment["DOTNET_JitDisasmDiffable"] = "1"; // places of memory would differ in every run
        start.Environment["DOTNET_JitStdOutFile"] = listing;
        start.Environment["DOTNET_TieredCompilation"] = "0";
        using Process process = Process.Start(start) ?? throw new CalmException($"{start.FileName}: did not start.");
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return error.Result;
    }
}

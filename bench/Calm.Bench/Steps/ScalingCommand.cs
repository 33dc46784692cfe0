using System.CommandLine;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>
/// <c>scaling</c>: training steps about the preset <c>small</c>, one axis at a time, beside what the count of operations
/// predicts from the preset's own row. Each turn of a shape is a process of its own.
/// </summary>
internal static class ScalingCommand
{
    /// <summary>Name of the command.</summary>
    public const string Name = "scaling";

    /// <summary>Runs it and returns the exit code.</summary>
    public static int Run(string[] args)
    {
        RootCommand command = new(
            "Time training steps over d, layers, T, K and threads and write bench/results/MACHINE/scaling-DATE.md. "
            + "Example: dotnet run -c Release --project bench/Calm.Bench -- scaling --quick");
        Option<bool> quick = new("--quick") { Description = "One turn of few steps for each size" };
        command.Options.Add(quick);
        command.SetAction(parsed => Run(parsed.GetValue(quick)));
        return command.Parse(args).Invoke();
    }

    private static void Run(bool quick)
    {
        // Turns are far apart in time, so that what else the machine does falls on no row alone.
        (int turns, int steps) = quick ? (1, 2) : (2, 3);
        StepShape small = StepShape.Base(Environment.ProcessorCount);
        List<ScalingRow> rows = [.. Shapes(small).Select(named => new ScalingRow(named.Name, named.Shape))];
        Measure(small, 1); // a machine that was idle is slow at first
        for (int turn = 1; turn <= turns; turn++)
        {
            // The row that predictions start from comes twice.
            foreach (ScalingRow row in rows.Append(rows[0]))
            {
                row.Add(Measure(row.Shape, steps));
                Console.Error.WriteLine($"turn {turn} of {turns}: {row.Name}, {row.Time.Best:F3} s");
            }
        }

        string[] table = [ScalingRow.Heading, .. rows.Select(row => row.Line(rows[0]))];
        Array.ForEach(table, Console.WriteLine);
        string file = Machine.ResultFile(Name);
        File.WriteAllLines(file, [.. Introduction(small, turns, steps, quick), .. table]);
        Console.Error.WriteLine($"written to {file}");
    }

    /// <summary>The preset, then each axis, all other sizes those of the preset.</summary>
    private static IEnumerable<(string Name, StepShape Shape)> Shapes(StepShape small) =>
    [
        ("small", small),
        .. Axis(small, "d", (shape, d) => shape with { Width = d }, 128, 384, 512),
        .. Axis(small, "layers", (shape, layers) => shape with { Layers = layers }, 3, 12),
        .. Axis(small, "T", (shape, patches) => shape with { Patches = patches }, 32, 256),
        .. Axis(small, "K", (shape, patchSize) => shape with { PatchSize = patchSize }, 1, 2, 8),
        .. Axis(small, "threads", (shape, threads) => shape with { Threads = threads }, [.. FewerThreads(small.Threads)]),
    ];

    private static IEnumerable<(string, StepShape)> Axis(
        StepShape small, string name, Func<StepShape, int, StepShape> with, params int[] sizes) =>
        sizes.Select(size => ($"{name} = {size}", with(small, size)));

    /// <summary>Powers of two below a number.</summary>
    private static IEnumerable<int> FewerThreads(int threads)
    {
        for (int fewer = 1; fewer < threads; fewer *= 2)
        {
            yield return fewer;
        }
    }

    private static StepFigures Measure(StepShape shape, int steps)
    {
        string program = Environment.ProcessPath!;
        string[] library = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Assembly.GetEntryAssembly()!.Location] : [];
        ProcessStartInfo start = new(program, [.. library, .. StepCommand.Arguments(shape, steps)])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<StepFigures>(output, JsonSerializerOptions.Web)!
            : throw new CalmException($"{Name}: {shape} failed.");
    }

    private static string[] Introduction(StepShape small, int turns, int steps, bool quick)
    {
        using HostDevice host = new(small.Threads);
        return
        [
            "# Scaling of a training step", "",
            $"{Machine.Processor}, {Environment.ProcessorCount} cores, {host.Description}; "
            + $"peak {PeakMeasure.Gflops(host):F0} GFLOP/s. Made by",
            $"`dotnet run -c Release --project bench/Calm.Bench -- {Name}{(quick ? " --quick" : "")}`: {turns} turns of {steps}",
            $"steps each, after {StepTimer.UnsteadySteps} that do not count; each turn is a process of its own.", "",
            $"`small`: d = {small.Width}, {small.Layers} layers, T = {small.Patches} patches of K = {small.PatchSize} tokens, "
            + $"{small.Threads} threads, {small.Config.CalmTraining.BatchSize} sequences;",
            "every other row changes one of them. Tokens/s: by the best step. Predicted: those of the first row, times its",
            "operations a token over the row's (docs/flops.md, attention over T - 1 patches), times the row's share of threads.",
            "GFLOP/s: the same operations. Tape: what the values of a step take; process: the most it ever had.", "",
        ];
    }
}

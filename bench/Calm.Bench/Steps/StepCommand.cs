using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>Figures of the training steps that a process took.</summary>
/// <param name="Seconds">Duration of each timed step.</param>
/// <param name="Tokens">Number of tokens that a step predicts.</param>
/// <param name="TapeMb">Memory of the tape for a step.</param>
/// <param name="ProcessMb">The most memory that the process had.</param>
/// <param name="Bits">The losses of all steps, to the bit.</param>
internal sealed record StepFigures(double[] Seconds, long Tokens, double TapeMb, double ProcessMb, string Bits);

/// <summary>
/// <c>step</c>: takes training steps of one shape in this process and prints <see cref="StepFigures"/> as a line of JSON.
/// bench/load.sh and <see cref="ScalingCommand"/> start it, so that each measurement has memory and threads of its own.
/// </summary>
internal static class StepCommand
{
    /// <summary>Name of the command.</summary>
    public const string Name = "step";

    /// <summary>Runs it and returns the exit code.</summary>
    public static int Run(string[] args)
    {
        StepShape preset = StepShape.Base(threads: 0);
        RootCommand command = new("Take training steps of a shape about the preset small, in this process.");
        Option<int> width = Size("--width", preset.Width);
        Option<int> layers = Size("--layers", preset.Layers);
        Option<int> patches = Size("--patches", preset.Patches);
        Option<int> patchSize = Size("--patch-size", preset.PatchSize);
        Option<int> threads = Size("--threads", preset.Threads);
        Option<int> steps = Size("--steps", 5);
        Option[] all = [width, layers, patches, patchSize, threads, steps];
        Array.ForEach(all, command.Options.Add);
        command.SetAction(parsed =>
        {
            StepShape shape = new(
                parsed.GetValue(width), parsed.GetValue(layers), parsed.GetValue(patches), parsed.GetValue(patchSize),
                parsed.GetValue(threads));
            Console.WriteLine(JsonSerializer.Serialize(Measure(shape, parsed.GetValue(steps)), JsonSerializerOptions.Web));
        });
        return command.Parse(args).Invoke();

        static Option<int> Size(string name, int value) => new(name) { DefaultValueFactory = _ => value };
    }

    /// <summary>The arguments by which another process measures a shape.</summary>
    public static string[] Arguments(StepShape shape, int steps) =>
    [
        Name, $"--width={shape.Width}", $"--layers={shape.Layers}", $"--patches={shape.Patches}",
        $"--patch-size={shape.PatchSize}", $"--threads={shape.Threads}", $"--steps={steps}",
    ];

    private static StepFigures Measure(StepShape shape, int steps)
    {
        using HostDevice host = new(shape.Threads);
        using StepTimer timer = new(shape.Config, host);
        List<double> losses = [];
        for (int step = 0; step < StepTimer.UnsteadySteps; step++)
        {
            losses.Add(timer.Step());
        }

        double[] seconds = new double[steps];
        for (int step = 0; step < steps; step++)
        {
            long start = Stopwatch.GetTimestamp();
            losses.Add(timer.Step());
            seconds[step] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        using Process process = Process.GetCurrentProcess();
        return new StepFigures(
            seconds, timer.TokensPerStep, timer.TapeBytes / 1e6, process.PeakWorkingSet64 / 1e6,
            string.Concat(losses.Select(loss => BitConverter.SingleToUInt32Bits((float)loss).ToString("x8"))));
    }
}

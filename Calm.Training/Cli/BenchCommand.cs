using System.CommandLine;
using System.Diagnostics;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary><c>calm bench</c>: how fast every op is against what this machine can do at most, and whole steps.</summary>
internal static class BenchCommand
{
    private sealed record Op(
        string Name, string Shape, string Direction, double SecondsMedian, double SecondsBest, double Gflops, double Gbs,
        double PercentOfPeak);

    private sealed record StepResult(
        string Name, double SecondsMedian, double SecondsBest, double TokensPerSecond, double PeakMemoryMb);

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "bench", "Time ops and whole training steps. Example: calm bench --op LayerNorm --step small --json");
        DeviceOptions devices = new(command);
        Option<string?> op = new("--op") { Description = "Time only this op; none for no op" };
        Option<string> step = new("--step")
        {
            Description = $"Time the training step of {string.Join(", ", Presets.StepNames)}; none for no step",
            DefaultValueFactory = _ => Presets.StepNames[0],
        };
        Option<double> seconds = new("--seconds")
        {
            Description = "Time spent on each measurement",
            DefaultValueFactory = _ => 0.5,
        };
        Option<bool> tune = new("--tune")
        {
            Description = "Try every form of the step's matrix products on this device and keep the fastest",
        };
        command.Options.Add(op);
        command.Options.Add(step);
        command.Options.Add(seconds);
        command.Options.Add(tune);
        command.SetAction(parsed =>
        {
            using Device device = devices.Open(parsed, terminal);
            if (parsed.GetValue(tune))
            {
                return TuneReport.Run(terminal, device, parsed.GetValue(step)!, parsed.GetValue(seconds));
            }

            return Run(terminal, device, parsed.GetValue(op), parsed.GetValue(step)!, parsed.GetValue(seconds));
        });
        return command;
    }

    private static int Run(Terminal terminal, Device device, string? only, string stepName, double seconds)
    {
        HostDevice? host = device as HostDevice;
        double gflops = host is null ? DevicePeak.Gflops(device) : PeakMeasure.Gflops(host);
        double gbs = host is null ? DevicePeak.Bandwidth(device) : PeakMeasure.Bandwidth(host);
        List<OpCase> cases = [.. OpCases.Find().Where(c => c.Forward is not null && (only is null || c.Op == only))];
        if (cases.Count == 0 && only != "none")
        {
            string known = NearestName.To(only!, OpCases.Find().Select(c => c.Op).Distinct());
            throw new UsageException($"--op {only}: no such op; did you mean {known}?");
        }

        // The largest case of each op stands for it.
        List<Op> ops = [.. cases.GroupBy(c => c.Op).Select(g => g.MaxBy(c => c.Inputs.Sum(i => i.Shape.Count))!)
            .SelectMany(c => Measure(c, device, seconds, gflops, gbs))];
        StepResult? step = stepName == "none" ? null : MeasureStep(stepName, device, seconds);
        var result = new
        {
            device = device.Name,
            precision = device.PrecisionText,
            threads = host?.Team.Threads,
            instructionSet = host?.Instructions.ToString(),
            peak = new { gflops, gbs },
            ops,
            step,
        };
        terminal.Result(result, writer => Write(writer, device, gflops, gbs, ops, step));
        return 0;
    }

    private static IEnumerable<Op> Measure(OpCase c, Device device, double seconds, double gflops, double gbs)
    {
        using CaseTimer timer = new(c, device);
        yield return Row(
            c, "forward", c.Forward!.Value, Timing.Measure(device, seconds, timer.Reset, timer.Forward), gflops, gbs);
        if (c.Backward is { } cost)
        {
            yield return Row(
                c, "backward", cost, Timing.Measure(device, seconds, timer.PrepareBackward, timer.Backward), gflops, gbs);
        }
    }

    /// <summary>Percent of the roof: whichever of arithmetic and memory takes longer at peak.</summary>
    private static Op Row(OpCase c, string direction, Cost cost, Timing t, double gflops, double gbs)
    {
        double ideal = Math.Max(cost.Flops / (gflops * 1e9), cost.Bytes / (gbs * 1e9));
        return new Op(
            c.Op, c.Label, direction, t.Median, t.Best, cost.Flops / t.Best / 1e9, cost.Bytes / t.Best / 1e9,
            100 * ideal / t.Best);
    }

    private static StepResult MeasureStep(string name, Device device, double seconds)
    {
        if (!Presets.StepNames.Contains(name))
        {
            throw new UsageException($"--step {name}: must be one of {string.Join(", ", Presets.StepNames)}, none.");
        }

        using StepTimer timer = new(name, device);
        Timing t = Timing.Measure(device, 4 * seconds, static () => { }, () => timer.Step());
        using Process process = Process.GetCurrentProcess();
        return new StepResult(name, t.Median, t.Best, timer.TokensPerStep / t.Median, process.PeakWorkingSet64 / 1e6);
    }

    private static void Write(
        TextWriter writer, Device device, double gflops, double gbs, List<Op> ops, StepResult? step)
    {
        writer.WriteLine($"{device.Description}: peak {gflops:F0} GFLOP/s, {gbs:F1} GB/s, measured in this process");
        if (ops.Count > 0)
        {
            writer.WriteLine(
                $"{"op",-24}{"shape",-34}{"direction",-10}{"best us",10}{"median us",11}{"GFLOP/s",9}{"GB/s",8}{"% of roof",11}");
            foreach (Op op in ops)
            {
                writer.WriteLine(
                    $"{op.Name,-24}{op.Shape,-34}{op.Direction,-10}{op.SecondsBest * 1e6,10:F1}{op.SecondsMedian * 1e6,11:F1}"
                    + $"{op.Gflops,9:F1}{op.Gbs,8:F1}{op.PercentOfPeak,11:F0}");
            }
        }

        if (step is not null)
        {
            writer.WriteLine(
                $"training step {step.Name}: best {step.SecondsBest * 1e3:F1} ms, median {step.SecondsMedian * 1e3:F1} ms, "
                + $"{step.TokensPerSecond:N0} tokens/s, peak memory {step.PeakMemoryMb:F0} MB");
        }
    }
}

using System.CommandLine;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm bench</c>: times every op, compares it with the machine's peak, and times whole training steps.</summary>
internal static class BenchCommand
{
    private sealed record Op(
        string Name, string Shape, string Direction, double SecondsMedian, double SecondsBest, double Gflops, double Gbs,
        double OperationsPerByte, double PercentOfPeak);

    private sealed record Profiled(
        string Name, int Steps, double Seconds, double PercentOther, IReadOnlyList<Profile.Row> Ops);

    private const string DefaultTrace = "profile.json";
    private const string None = "none";
    private const string Forward = "forward";

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "bench", "Time ops and whole training steps. Example: calm bench --op LayerNorm --step small --json");
        DeviceOptions devices = new(command);
        CaseOptions chosen = new(command, "Time only this op; none for no op");
        Option<string> step = new("--step")
        {
            Description = $"Time the training step of {string.Join(", ", Presets.StepNames)}; none for no step, the default "
                + "with --assembly",
            DefaultValueFactory = parsed => parsed.GetResult("--assembly") is null ? Presets.StepNames[0] : None,
        };
        Option<int?> batch = new("--batch")
        {
            Description = "Sequences of the step; default: the preset's, 4 for calm-m and calm-l",
        };
        Option<double> seconds = new("--seconds")
        {
            Description = "Time spent on each measurement",
            DefaultValueFactory = _ => 0.5,
        };
        Option<string?> shapes = new("--shapes")
        {
            Description = "Time ops at the sizes of a preset, such as calm-m, rather than at those of their largest case",
        };
        Option<bool> tune = new("--tune")
        {
            Description = "Try every form of the step's matrix products on this device and keep the fastest",
        };
        command.Options.Add(step);
        command.Options.Add(batch);
        command.Options.Add(shapes);
        command.Options.Add(seconds);
        command.Options.Add(tune);
        Option<string?> profile = new("--profile")
        {
            Description = $"Profile the step, and the op of --op: a table, and a trace in this file ({DefaultTrace})",
            Arity = ArgumentArity.ZeroOrOne,
        };
        command.Options.Add(profile);
        Option<string?> roofline = new("--roofline") { Description = "Draw the ops under the machine's roofs in this SVG file" };
        command.Options.Add(roofline);
        command.SetAction(parsed =>
        {
            string? trace = parsed.GetResult(profile) is null ? null : parsed.GetValue(profile) ?? DefaultTrace;
            OutputFile.Require(trace);
            OutputFile.Require(parsed.GetValue(roofline));
            RunConfig? sized = parsed.GetValue(shapes) is { } preset ? Presets.Step(preset, parsed.GetValue(batch)) : null;
            using Device device = devices.Open(parsed, terminal, profiling: trace is not null);
            return parsed.GetValue(tune)
                ? TuneReport.Run(terminal, device, parsed.GetValue(step)!, parsed.GetValue(batch), parsed.GetValue(seconds))
                : Run(
                    terminal, device, Cases(chosen, parsed, sized, device, trace is not null), parsed.GetValue(step)!,
                    parsed.GetValue(batch), parsed.GetValue(seconds), trace, parsed.GetValue(roofline));
        });
        return command;
    }

    private static int Run(
        Terminal terminal, Device device, IReadOnlyList<OpCase> cases, string stepName, int? batch, double seconds,
        string? trace, string? roofline)
    {
        RequireKnown(stepName);
        Peak peak = Peak.Measure(device);
        List<Op> ops = terminal.During<List<Op>>("timing ops", activity =>
        [
            .. cases.SelectMany((c, i) =>
            {
                activity.Count(c.Op);
                activity.Report((double)i / cases.Count);
                return Measure(c, device, seconds, c.RoundsOperands ? peak.OfProducts(device) : peak);
            }),
        ]);
        if (roofline is not null)
        {
            DrawRoofline(roofline, device, peak, ops);
        }

        Peak products = peak.OfProducts(device);
        List<Profile> profiles = trace is null ? [] : [.. cases.Select(c => BenchProfile.OfCase(c, device, products))];
        StepMeasure? step = null;
        if (stepName != None)
        {
            using StepTimer timer = new(Presets.Step(stepName, batch), device);
            step = terminal.During(
                $"timing the training step {stepName}", _ => StepMeasure.Of(stepName, timer, device, seconds));
            if (trace is not null)
            {
                profiles.Add(BenchProfile.OfStep(stepName, timer, device, products));
            }
        }

        if (trace is not null)
        {
            ChromeTrace.Write(trace, profiles);
        }

        HostDevice? host = device as HostDevice;
        var result = new
        {
            device = device.Name,
            precision = device.PrecisionText,
            threads = host?.Team.Threads,
            instructionSet = host?.Instructions.ToString(),
            peak = new { gflops = peak.Gflops, gbs = peak.Gbs, tensorGflops = peak.TensorGflops },
            ops,
            step,
            profiles = trace is null
                ? null
                : profiles.Select(p => new Profiled(p.Name, p.Steps.Count, p.Seconds, p.PercentOther, p.Rows())),
            trace = trace is null ? null : Path.GetFullPath(trace),
            roofline = roofline is null ? null : Path.GetFullPath(roofline),
        };
        terminal.Result(result, writer =>
        {
            Write(writer, device, peak, ops, step);
            profiles.ForEach(profile => profile.Write(writer));
            if (trace is not null)
            {
                writer.WriteLine($"trace: {result.trace} (open it in chrome://tracing or ui.perfetto.dev)");
            }

            if (roofline is not null)
            {
                writer.WriteLine($"roofline: {result.roofline}");
            }
        });
        if (trace is null && stepName != None)
        {
            terminal.Next($"{NextStep.Program} bench --op none --step {stepName} --profile");
        }

        return 0;
    }

    private static void RequireKnown(string stepName)
    {
        if (stepName != None && !Presets.StepNames.Contains(stepName))
        {
            throw new UsageException(
                $"--step {stepName}: must be one of {string.Join(", ", Presets.StepNames)}, {None}"
                + Suggestion.For(stepName, [.. Presets.StepNames, None]));
        }
    }

    /// <summary>The largest case of each op, or those at a preset's sizes. A profile leaves out ops that are not named.</summary>
    private static IReadOnlyList<OpCase> Cases(
        CaseOptions chosen, ParseResult parsed, RunConfig? sized, Device device, bool profiles)
    {
        string? only = chosen.Op(parsed);
        if (only != None && sized is not null)
        {
            return chosen.FindAt(parsed, PresetSizes.Of(sized, device));
        }

        return only == None || (only is null && profiles && !chosen.IsForeign(parsed))
            ? []
            : [.. chosen.Find(parsed).GroupBy(c => c.Op).Select(op => Largest(op, only is not null)).OfType<OpCase>()];
    }

    /// <summary>The largest case with a cost. Without one an op is left out, unless it was asked for by name.</summary>
    private static OpCase? Largest(IGrouping<string, OpCase> op, bool isNamed) =>
        op.Where(c => c.Forward is not null).MaxBy(c => c.Inputs.Sum(i => i.Shape.Count))
        ?? (isNamed
            ? throw new UsageException($"--op {op.Key}: none of its cases has a Forward cost, which says what to time.")
            : null);

    private static IEnumerable<Op> Measure(OpCase c, Device device, double seconds, Peak peak)
    {
        using CaseTimer timer = new(c, device);
        yield return Row(
            c, Forward, timer.ForwardCost, Timing.Measure(device, seconds, timer.Reset, timer.Forward), peak);
        if (timer.BackwardCost is { } cost)
        {
            yield return Row(
                c, "backward", cost, Timing.Measure(device, seconds, timer.PrepareBackward, timer.Backward), peak);
        }
    }

    /// <summary>A row with the percentage of the roof, the longer of the times that arithmetic and memory take at peak.</summary>
    private static Op Row(OpCase c, string direction, Cost cost, Timing t, Peak peak)
    {
        double ideal = Math.Max(cost.Flops / (peak.Gflops * 1e9), cost.Bytes / (peak.Gbs * 1e9));
        return new Op(
            c.Op, c.Label, direction, t.Median, t.Best, cost.Flops / t.Best / 1e9, cost.Bytes / t.Best / 1e9,
            cost.Flops / cost.Bytes, 100 * ideal / t.Best);
    }

    /// <summary>Draws the roofline. The peak is measured before and after, so that other load affects it less.</summary>
    private static void DrawRoofline(string path, Device device, Peak before, List<Op> ops)
    {
        Peak after = Peak.Measure(device);
        Peak roofs = new(Math.Max(before.Gflops, after.Gflops), Math.Max(before.Gbs, after.Gbs));
        double cached = device is HostDevice host ? PeakMeasure.CachedBandwidth(host) : 0;
        Roofline.Plot(
            device.Description, roofs, cached,
            [.. ops.Select(op => new RooflinePoint(op.Name, op.Direction == Forward, op.OperationsPerByte, op.Gflops, op.Gbs))])
            .Write(path);
    }

    private static void Write(
        TextWriter writer, Device device, Peak peak, List<Op> ops, StepMeasure? step)
    {
        string tensor = peak.TensorGflops > 0 ? $"{peak.TensorGflops:F0} GFLOP/s of bf16 on tensor cores, " : "";
        writer.WriteLine(
            $"{device.Description}: peak {peak.Gflops:F0} GFLOP/s, {tensor}{peak.Gbs:F1} GB/s, measured in this process");
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

        step?.Write(writer, device);
    }
}

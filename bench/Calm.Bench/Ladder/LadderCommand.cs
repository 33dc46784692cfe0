using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Calm.Kernels;
using Calm.Runtime;
using Calm.Training;

namespace Calm.Bench;

/// <summary>
/// <c>ladder</c>: the versions of a kernel, each compared with the op's definition, then timed in turns beside the roof that
/// is measured in the same process.
/// </summary>
internal static class LadderCommand
{
    /// <summary>What the command is called.</summary>
    public const string Name = "ladder";

    private sealed record Timed(Rung Rung, Timing Time);

    /// <summary>Runs it and returns the exit code: 0 if every version agrees with the definition.</summary>
    public static int Run(string[] args)
    {
        Terminal terminal = new(Console.Out, Console.Error);
        RootCommand command = new(
            "Check and time the versions of a kernel. "
            + "Example: dotnet run -c Release --project bench/Calm.Bench -- ladder --device opencl:0");
        DeviceOptions devices = new(command);
        Option<double> seconds = new("--seconds")
        {
            Description = "Time spent on each ladder",
            DefaultValueFactory = _ => 20,
        };
        command.Options.Add(seconds);
        command.SetAction(parsed =>
        {
            IReadOnlyList<Ladder> ladders = Ladders.Find();
            using Device device = devices.Open(parsed, terminal);
            if (device is HostDevice)
            {
                throw new UsageException($"--device {device.Name}: the host has no kernels; see calm devices.");
            }

            bool passed = true;
            foreach (Ladder ladder in ladders)
            {
                passed &= Run(ladder, device, parsed.GetValue(seconds), terminal.Out);
            }

            return passed ? 0 : 1;
        });
        try
        {
            return command.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (CalmException failure)
        {
            terminal.Error.WriteLine($"{Name}: {failure.Message}");
            return failure is UsageException ? 2 : 1;
        }
    }

    private static bool Run(Ladder ladder, Device device, double seconds, TextWriter writer)
    {
        writer.WriteLine($"{ladder.Op} on {device.Description}");
        WriteResources(ladder, writer);
        bool passed = WriteChecks(ladder, device, writer);
        if (passed && device.Kind != DeviceKind.Emulated)
        {
            WriteTimes(ladder, device, Time(ladder, device, seconds), writer);
        }

        return passed;
    }

    private static void WriteResources(Ladder ladder, TextWriter writer)
    {
        Ptxas? ptxas = Ptxas.Find();
        foreach (Rung rung in ladder.Rungs)
        {
            foreach (KernelReport report in ladder.Compile(rung, ptxas).Where(r => r.Target == Ptxas.Targets[^1]))
            {
                writer.WriteLine($"  {rung.Name,-26}{report.Target}: {report.Resources?.ToString() ?? report.Failure}");
            }
        }
    }

    private static bool WriteChecks(Ladder ladder, Device device, TextWriter writer)
    {
        bool passed = true;
        foreach (Rung rung in ladder.Rungs)
        {
            List<CaseResult> results = [.. ladder.Check(rung, device)];
            CaseResult worst = results.MaxBy(r => double.IsNaN(r.Error) ? double.MaxValue : r.Error / r.Limit)!;
            passed &= worst.Passed;
            writer.WriteLine(
                $"  {rung.Name,-26}{(worst.Passed ? "agrees" : "DIFFERS")} at {results.Count} sizes, "
                + Invariant($"worst {worst.Error:E1} of {worst.Limit:E1} allowed"));
        }

        return passed;
    }

    /// <summary>Best and median of each version, which take turns so that a disturbance meets all of them.</summary>
    private static List<Timed> Time(Ladder ladder, Device device, double seconds)
    {
        List<CaseTimer> timers = [.. ladder.Rungs.Select(rung => new CaseTimer(Ladder.With(ladder.Timed, rung), device))];
        List<List<double>> times = [.. timers.Select(_ => new List<double>())];
        long start = Stopwatch.GetTimestamp();
        do
        {
            for (int i = 0; i < timers.Count; i++)
            {
                times[i].Add(Seconds(timers[i], device));
            }
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        timers.ForEach(timer => timer.Dispose());
        times.ForEach(t => t.Sort());
        return [.. ladder.Rungs.Zip(times, (rung, t) => new Timed(rung, new Timing(t[0], t[t.Count / 2])))];
    }

    private static double Seconds(CaseTimer timer, Device device)
    {
        timer.Reset();
        device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        timer.Forward();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void WriteTimes(Ladder ladder, Device device, List<Timed> timed, TextWriter writer)
    {
        double gflops = DevicePeak.Gflops(device);
        double gbs = DevicePeak.Bandwidth(device);
        Cost cost = ladder.Timed.Forward!.Value;
        double roof = Math.Max(cost.Flops / gflops, cost.Bytes / gbs) / 1e9;
        writer.WriteLine(Invariant(
            $"  {ladder.Timed.Label}: {cost.Flops / 1e6:F0} MFLOP, {cost.Bytes / 1e6:F0} MB; measured here {gflops:F0} GFLOP/s, copy {gbs:F1} GB/s: roof {roof * 1e3:F2} ms"));
        writer.WriteLine($"  {"version",-26}{"best ms",9}{"median ms",11}{"GFLOP/s",9}{"GB/s",8}{"% of roof",11}");
        foreach ((Rung rung, Timing time) in timed)
        {
            writer.WriteLine(Invariant(
                $"  {rung.Name,-26}{time.Best * 1e3,9:F2}{time.Median * 1e3,11:F2}{cost.Flops / time.Best / 1e9,9:F1}{cost.Bytes / time.Best / 1e9,8:F1}{100 * roof / time.Best,11:F0}"));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

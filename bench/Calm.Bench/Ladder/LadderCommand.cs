using System.CommandLine;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>
/// <c>ladder</c>: the versions of a kernel, each compared with the op's definition, then timed in turns beside the roof that
/// is measured in the same process.
/// </summary>
internal static class LadderCommand
{
    /// <summary>Name of the command.</summary>
    public const string Name = "ladder";

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
        Option<bool> ptx = new("--ptx") { Description = "Print each version's PTX instead; needs no device" };
        command.Options.Add(seconds);
        command.Options.Add(ptx);
        command.SetAction(parsed =>
        {
            IReadOnlyList<Ladder> ladders = Ladders.Find();
            if (parsed.GetValue(ptx))
            {
                WriteSources(ladders, terminal.Out);
                return 0;
            }

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
            ParseResult parsed = command.Parse(args);
            return parsed.Errors.Count > 0
                ? throw new UsageException($"{parsed.Errors[^1].Message} See {Name} --help.")
                : parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
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
            foreach (OpCase c in ladder.Timed)
            {
                // Before and after, so that what else the machine does is not taken for its peak.
                double gflops = DevicePeak.Gflops(device);
                double gbs = DevicePeak.Bandwidth(device);
                IReadOnlyList<(Rung, Timing)> timed = LadderTimer.Time(ladder, c, device, seconds / ladder.Timed.Count);
                gflops = Math.Max(gflops, DevicePeak.Gflops(device));
                gbs = Math.Max(gbs, DevicePeak.Bandwidth(device));
                WriteTimes(ladder, c, timed, gflops, gbs, writer);
            }
        }

        return passed;
    }

    private static void WriteResources(Ladder ladder, TextWriter writer)
    {
        if (Ptxas.Find() is not { } ptxas)
        {
            writer.WriteLine($"  registers: unknown without ptxas; {Ptxas.Provider} provides it");
            return;
        }

        foreach (Rung rung in ladder.All)
        {
            foreach (KernelReport report in ladder.Compile(rung, ptxas).Where(r => r.Target == Ptxas.Targets[^1]))
            {
                writer.WriteLine(
                    $"  {rung.Name,-27}{report.Target} {report.Source.Name}: {report.Resources?.ToString() ?? report.Failure}");
            }
        }
    }

    private static void WriteSources(IReadOnlyList<Ladder> ladders, TextWriter writer)
    {
        foreach (Ladder ladder in ladders)
        {
            foreach (KernelSource source in ladder.Rungs.SelectMany(rung => ladder.Compile(rung, ptxas: null))
                         .Select(report => report.Source).DistinctBy(source => source.Name))
            {
                writer.WriteLine($"// {source.Name}");
                writer.WriteLine(source.Text);
            }
        }
    }

    private static bool WriteChecks(Ladder ladder, Device device, TextWriter writer)
    {
        bool passed = true;
        foreach (Rung rung in ladder.All)
        {
            List<CaseResult> results = [.. ladder.Check(rung, device)];
            CaseResult worst = results.MaxBy(r => double.IsNaN(r.Error) ? double.MaxValue : r.Error / r.Limit)!;
            passed &= worst.Passed;
            writer.WriteLine(
                $"  {rung.Name,-27}{(worst.Passed ? "agrees" : "DIFFERS")} at {results.Count} sizes, "
                + $"worst {worst.Error:E1} of {worst.Limit:E1} allowed");
        }

        return passed;
    }

    private static void WriteTimes(
        Ladder ladder, OpCase c, IReadOnlyList<(Rung Rung, Timing Time)> timed, double gflops, double gbs, TextWriter writer)
    {
        Cost cost = c.Forward!.Value;
        double copied = timed.Where(t => t.Rung == ladder.Copy).Select(t => cost.Bytes / t.Time.Best / 1e9).FirstOrDefault();
        double roof = Math.Max(cost.Flops / gflops, cost.Bytes / Math.Max(gbs, copied)) / 1e9;
        writer.WriteLine(
            $"  {c.Label}: {cost.Flops / 1e6:F0} MFLOP at {gflops:F0} GFLOP/s, {cost.Bytes / 1e6:F0} MB at "
            + $"{Math.Max(gbs, copied):F1} GB/s ({gbs:F1} by the driver's copy of 134 MB): roof {roof * 1e3:F3} ms");
        writer.WriteLine($"  {"version",-27}{"best ms",9}{"median ms",11}{"GFLOP/s",9}{"GB/s",8}{"% of roof",11}");
        foreach ((Rung rung, Timing time) in timed)
        {
            writer.WriteLine(
                $"  {rung.Name,-27}{time.Best * 1e3,9:F3}{time.Median * 1e3,11:F3}{cost.Flops / time.Best / 1e9,9:F1}"
                + $"{cost.Bytes / time.Best / 1e9,8:F1}{100 * roof / time.Best,11:F0}");
        }
    }
}

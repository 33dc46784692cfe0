using System.Diagnostics;
using System.Globalization;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Makes the passport of a device: verifies every op, times it, and asks for its kernels' resources.</summary>
/// <param name="device">The device; opened for profiling if it has a timer.</param>
/// <param name="cases">The cases.</param>
/// <param name="settings">The way in which ops are timed.</param>
/// <param name="terminal">Hears how far it is.</param>
internal sealed class PassportMaker(Device device, IReadOnlyList<OpCase> cases, MeasureSettings settings, Terminal terminal)
{
    /// <summary>Makes it; takes minutes.</summary>
    public Passport Make()
    {
        long start = Stopwatch.GetTimestamp();
        string made = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        PassportMachine machine = PassportFacts.Machine();
        PassportDevice facts = PassportFacts.Of(device);
        PassportCases chosen = new(device, cases);
        PassportVerification verification = new(device);
        terminal.During("verifying", activity =>
        {
            verification.Run(chosen.Verified, activity);
            return true;
        });
        IReadOnlyList<OpCase> timed = chosen.Timed(verification.WrongOps);
        BenchOutcome? outcome = timed.Count == 0
            ? null
            : terminal.During("timing ops", activity => Bench().Of(timed, all: null, [], activity));
        PassportKernels kernels = terminal.During("compiling kernels", _ => DeviceKernels.Of(device, facts, cases));
        return new Passport(
            PassportFile.Format, PassportFile.Version, made, Stopwatch.GetElapsedTime(start).TotalSeconds, machine, facts,
            verification.Result(chosen.LeftOut), outcome is null ? null : Bench(outcome, chosen.Choice), outcome?.Rows ?? [],
            kernels, Remarks(verification.WrongOps, timed, chosen));
    }

    private BenchRun Bench() => new(device, settings, InputDistribution.Case, seed: 0);

    private PassportBench Bench(BenchOutcome outcome, string choice)
    {
        Peak peak = outcome.Roofs.Peak;
        return new PassportBench(
            choice, settings.Cache.ToString().ToLowerInvariant(), "case", settings.Seconds, settings.Noise, peak.Gflops,
            peak.Gbs, peak.TensorGflops, outcome.Roofs.Bandwidth, outcome.Warnings);
    }

    private static IReadOnlyList<string> Remarks(
        IReadOnlySet<string> wrong, IReadOnlyList<OpCase> timed, PassportCases chosen)
    {
        List<string> remarks =
            [.. wrong.Order(StringComparer.Ordinal).Select(op => $"{op}: not timed, since a case of it failed")];
        string[] without = [.. chosen.Verified.Select(c => c.Op).Except(timed.Select(c => c.Op)).Except(wrong)];
        if (without.Length > 0)
        {
            remarks.Add($"not timed, since none of their cases says what it costs: {string.Join(", ", without)}");
        }

        if (chosen.LeftOut > 0)
        {
            remarks.Add($"{chosen.LeftOut} cases are too large for the emulator and did not run; times are of cases that did");
        }

        return remarks;
    }
}

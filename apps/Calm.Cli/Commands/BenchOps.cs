using System.CommandLine;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The ops that <c>calm bench</c> times: their choice, their measurement, and what is written of it.</summary>
/// <param name="chosen">The options that choose them.</param>
/// <param name="measure">The options that say how.</param>
/// <param name="devices">The options that say on which device, with how many threads and in which precisions.</param>
internal sealed class BenchOps(CaseOptions chosen, MeasureOptions measure, DeviceOptions devices)
{
    /// <summary>The word for no op, and no step.</summary>
    public const string None = "none";

    /// <summary>
    /// The largest case of each op, all of them, or those at the sizes of a preset or of <c>--shape</c>. A profile leaves out
    /// unnamed ops.
    /// </summary>
    public IReadOnlyList<OpCase> Cases(ParseResult parsed, RunConfig? sized, Device device, bool profiles)
    {
        string? only = chosen.Op(parsed);
        if (measure.Shapes(parsed) is { Count: > 0 } typed)
        {
            return sized is null
                ? chosen.FindSwept(parsed, typed)
                : throw new UsageException("--shape and --shapes both give sizes; leave out one.");
        }

        if (only != None && sized is not null)
        {
            return chosen.FindAt(parsed, PresetSizes.Of(sized, device));
        }

        return only == None || (only is null && profiles && !chosen.IsForeign(parsed)) ? []
            : measure.TakesAllCases(parsed) ? [.. chosen.Find(parsed).Where(c => c.Forward is not null)]
            : [.. chosen.Find(parsed).GroupBy(c => c.Op).Select(op => Largest(op, only is not null)).OfType<OpCase>()];
    }

    /// <summary>Times cases with all threads and precisions that were asked for; null if there are none.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Hears how far it is.</param>
    /// <param name="first">The device with the first of them.</param>
    /// <param name="cases">The cases.</param>
    public BenchOutcome? Run(ParseResult parsed, Terminal terminal, Device first, IReadOnlyList<OpCase> cases)
    {
        if (cases.Count == 0)
        {
            return null;
        }

        BenchOutcome outcome = RunOn(parsed, terminal, first, cases);
        for (int i = 1; i < devices.Count(parsed); i++)
        {
            using Device next = devices.Open(parsed, terminal, profiling: true, i);
            outcome = outcome.With(RunOn(parsed, terminal, next, cases));
        }

        return outcome;
    }

    private BenchOutcome RunOn(ParseResult parsed, Terminal terminal, Device device, IReadOnlyList<OpCase> cases)
    {
        (InputDistribution distribution, uint seed) = measure.Inputs(parsed);
        BenchRun run = new(device, measure.Settings(parsed), distribution, seed);
        IReadOnlyList<IOpProvider> providers = OpProviders.Open(measure.Providers(parsed), device);
        try
        {
            IReadOnlyList<OpCase> all = chosen.All(parsed);
            BenchOutcome outcome = terminal.During("timing ops", activity => run.Of(cases, all, providers, activity));
            foreach (string warning in outcome.Warnings)
            {
                terminal.Error.WriteLine($"calm: {warning}");
            }

            return outcome;
        }
        catch (ArgumentException failure) when (measure.Shapes(parsed) is { Count: > 0 } typed)
        {
            throw new UsageException($"--shape {string.Join(" ", typed)}: {failure.Message.Split('\n')[0]}");
        }
        finally
        {
            foreach (IOpProvider provider in providers)
            {
                provider.Dispose();
            }
        }
    }

    /// <summary>The largest case with a cost. Without one an op is left out, unless it was asked for by name.</summary>
    internal static OpCase? Largest(IGrouping<string, OpCase> op, bool isNamed) =>
        op.Where(c => c.Forward is not null).MaxBy(SizeOf)
        ?? (isNamed
            ? throw new UsageException($"--op {op.Key}: none of its cases has a Forward cost, which says what to time.")
            : null);

    /// <summary>Elements of a case's inputs.</summary>
    internal static long SizeOf(OpCase c) => c.Inputs.Sum(input => input.Shape.Count);
}

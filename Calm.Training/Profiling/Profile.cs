using System.Globalization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Profiled steps of one kind.</summary>
/// <param name="Name">What was run.</param>
/// <param name="Steps">At least one.</param>
/// <param name="Peak">What the device can do at most.</param>
internal sealed record Profile(string Name, IReadOnlyList<ProfiledStep> Steps, Peak Peak)
{
    /// <summary>All calls of an op in one direction; numbers a step are means.</summary>
    internal sealed record Row(string Op, string Direction, double Calls, double Seconds, double PercentOfStep, ProfileRate Rate);

    /// <summary>Mean seconds of a step.</summary>
    public double Seconds => Steps.Average(step => step.Seconds);

    /// <summary>Percent of the time in which no op ran.</summary>
    public double PercentOther => 100 * Steps.Sum(step => step.OtherSeconds) / Steps.Sum(step => step.Seconds);

    /// <summary>Ops by their share of the step, the greatest first.</summary>
    public IReadOnlyList<Row> Rows() =>
    [
        .. Steps.SelectMany(step => step.Calls)
            .GroupBy(call => (call.Op, call.Direction))
            .Select(group => RowOf(group.Key.Op, group.Key.Direction, [.. group]))
            .OrderByDescending(row => row.Seconds),
    ];

    /// <summary>The direction as it is written: forward, backward, transfer.</summary>
    public static string Text(ProfileDirection direction) => direction.ToString().ToLowerInvariant();

    /// <summary>Writes the table.</summary>
    public void Write(TextWriter writer)
    {
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"profile of {Name}: {Steps.Count} steps of {1e3 * Seconds:F2} ms; peak {Peak.Gflops:F0} GFLOP/s, {Peak.Gbs:F1} GB/s"));
        writer.WriteLine(
            $"{"op",-24}{"direction",-10}{"calls",7}{"ms",10}{"% of step",11}{"GFLOP/s",9}{"% of FMA",10}{"GB/s",8}{"% of copy",11}");
        foreach (Row row in Rows())
        {
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Op,-24}{row.Direction,-10}{row.Calls,7:0.##}{1e3 * row.Seconds,10:F3}{row.PercentOfStep,11:F1}")
                + Cell(row.Rate.Gflops, 9) + Cell(row.Rate.PercentOfPeak, 10) + Cell(row.Rate.Gbs, 8)
                + Cell(row.Rate.PercentOfCopy, 11));
        }

        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{"other: launches, waiting, the host outside loops",-41}{1e3 * Seconds * PercentOther / 100,10:F3}{PercentOther,11:F1}"));
    }

    private Row RowOf(string op, ProfileDirection direction, IReadOnlyList<ProfiledCall> calls)
    {
        double seconds = calls.Sum(call => call.Seconds) / Steps.Count;
        return new Row(
            op, Text(direction), (double)calls.Count / Steps.Count, seconds, 100 * seconds / Seconds,
            ProfileRate.Of(calls, Peak));
    }

    private static string Cell(double? value, int width) =>
        (value?.ToString("F1", CultureInfo.InvariantCulture) ?? "-").PadLeft(width);
}

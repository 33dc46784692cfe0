using System.Globalization;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Profiled steps of one kind.</summary>
/// <param name="Name">Name of the profiled work.</param>
/// <param name="Steps">At least one.</param>
/// <param name="Peak">The device's peak.</param>
internal sealed record Profile(string Name, IReadOnlyList<ProfiledStep> Steps, Peak Peak)
{
    /// <summary>All calls of an op in one direction. Numbers per step are means.</summary>
    internal sealed record Row(
        string Op, string Direction, double Calls, double Seconds, double PercentOfStep, ProfileRate Rate);

    /// <summary>Mean seconds of a step.</summary>
    public double Seconds => Steps.Average(step => step.Seconds);

    /// <summary>Percent of the time in which no op ran.</summary>
    public double PercentOther => 100 * Steps.Sum(step => step.OtherSeconds) / Steps.Sum(step => step.Seconds);

    /// <summary>Ops by their share of the step, largest first.</summary>
    public IReadOnlyList<Row> Rows() =>
    [
        .. Steps.SelectMany(step => step.Calls)
            .GroupBy(call => (call.Op, call.Direction))
            .Select(group => RowOf(group.Key.Op, group.Key.Direction, [.. group]))
            .OrderByDescending(row => row.Seconds),
    ];

    /// <summary>Name of a direction: forward, backward, transfer.</summary>
    public static string Text(ProfileDirection direction) => direction.ToString().ToLowerInvariant();

    /// <summary>Writes the table.</summary>
    public void Write(TextWriter writer)
    {
        string title = $"profile of {Name}: {Steps.Count} steps of {Cell(1e3 * Seconds, 0)} ms; ";
        writer.WriteLine(
            Peak == default ? $"{title}peak not measured" : $"{title}peak {Peak.Gflops:F0} GFLOP/s, copy {Peak.Gbs:F1} GB/s");
        writer.WriteLine(
            $"{"op",-24}{"direction",-10}{"calls",7}{"ms",10}{"% of step",11}"
            + $"{"GFLOP/s",9}{"% of FMA",10}{"GB/s",8}{"% of copy",11}");
        foreach (Row row in Rows())
        {
            ProfileRate rate = row.Rate;
            writer.WriteLine(
                $"{row.Op,-24}{row.Direction,-10}{Cell(row.Calls, 7, "0.##")}"
                + $"{Cell(1e3 * row.Seconds, 10, "F3")}{Cell(row.PercentOfStep, 11)}"
                + $"{Cell(rate.Gflops, 9)}{Cell(rate.PercentOfPeak, 10)}{Cell(rate.Gbs, 8)}{Cell(rate.PercentOfCopy, 11)}");
        }

        const string other = "other: launches, waiting, work outside ops";
        writer.WriteLine($"{other,-41}{Cell(10 * Seconds * PercentOther, 10, "F3")}{Cell(PercentOther, 11)}");
    }

    private Row RowOf(string op, ProfileDirection direction, IReadOnlyList<ProfiledCall> calls)
    {
        double seconds = calls.Sum(call => call.Seconds) / Steps.Count;
        return new Row(
            op, Text(direction), (double)calls.Count / Steps.Count, seconds, 100 * seconds / Seconds,
            ProfileRate.Of(calls, Peak));
    }

    private static string Cell(double? value, int width, string format = "F1") =>
        (value?.ToString(format, CultureInfo.InvariantCulture) ?? "-").PadLeft(width);
}

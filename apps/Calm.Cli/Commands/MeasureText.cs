using System.Text.Json;

namespace Calm.Cli;

/// <summary>The measures of continuations in tables and JSON.</summary>
internal static class MeasureText
{
    private const int Decimals = 4;

    /// <summary>The name in JSON.</summary>
    public static string Key(ContinuationMeasure measure) => JsonNamingPolicy.CamelCase.ConvertName($"{measure}");

    /// <summary>The name for people.</summary>
    public static string Name(ContinuationMeasure measure) =>
        measure == ContinuationMeasure.LogProbability ? "log p" : Key(measure);

    /// <summary>Whether it is estimated from draws.</summary>
    public static bool HasInterval(ContinuationMeasure measure) =>
        measure is ContinuationMeasure.Energy or ContinuationMeasure.Agreement;

    /// <summary>A sentence about measures of a table.</summary>
    public static string Legend(IEnumerable<ContinuationMeasure> measures) => string.Join("; ", measures.Select(one => one switch
    {
        ContinuationMeasure.Energy => "energy a patch, lower is better",
        ContinuationMeasure.Agreement => "agreement: tokens that draws have right",
        _ => "mean log-probability of a token, exact, in nats",
    }));

    /// <summary>A value.</summary>
    public static string Value(ContinuationMeasure measure, double value) =>
        measure == ContinuationMeasure.Agreement ? Readable.Percent(value) : Readable.Fixed(value, Decimals);

    /// <summary>The ends of an interval.</summary>
    public static string Ends(ContinuationMeasure measure, Estimate estimate) =>
        !estimate.HasInterval ? Readable.Missing
        : measure == ContinuationMeasure.Agreement ? Readable.ScoreInterval(estimate.Low, estimate.High)
        : $"{Readable.Fixed(estimate.Low, Decimals)} to {Readable.Fixed(estimate.High, Decimals)}";

    /// <summary>An interval for JSON; null if there is none.</summary>
    public static double[]? Interval(Estimate estimate) => estimate.HasInterval ? [estimate.Low, estimate.High] : null;
}

namespace Calm.Cli;

/// <summary>The outcome of a comparison with a saved result.</summary>
internal enum Verdict
{
    Same,
    Faster,
    Slower,

    /// <summary>The intervals are too wide to tell.</summary>
    Undecided,
}

/// <summary>A row beside the row of the same work in a saved result.</summary>
/// <param name="Row">The row.</param>
/// <param name="Ratio">Its median over the saved median, with an interval.</param>
/// <param name="Verdict">The outcome.</param>
internal sealed record BenchVerdict(BenchRow Row, Estimate Ratio, Verdict Verdict)
{
    // A change that nobody would act on.
    private const double Least = 0.02;

    // From intervals of 95 % to about 99 %, since a table has many rows.
    private const double Wider = 1.4;

    // Beside other programs a median may be so many times as long: intervals know what happens within a run alone.
    private const double MostByOthers = 4;

    /// <summary>Compares a row with a saved one.</summary>
    /// <param name="row">The row.</param>
    /// <param name="saved">The saved one.</param>
    /// <param name="isDisturbed">Whether other programs took much of the machine during either run.</param>
    public static BenchVerdict Of(BenchRow row, BenchRow saved, bool isDisturbed)
    {
        double ratio = row.SecondsMedian / saved.SecondsMedian;
        double half = (Wider * Math.Sqrt(Squared(row) + Squared(saved))) + (isDisturbed ? Math.Log(MostByOthers) : 0);
        Estimate interval = new(ratio, ratio * Math.Exp(-half), ratio * Math.Exp(half));
        return new BenchVerdict(row, interval, Of(interval));
    }

    private static Verdict Of(Estimate ratio) => ratio switch
    {
        _ when ratio.Low > 1 + Least => Verdict.Slower,
        _ when ratio.High < 1 / (1 + Least) => Verdict.Faster,
        _ when ratio.Low > 1 / (1 + (2 * Least)) && ratio.High < 1 + (2 * Least) => Verdict.Same,
        _ => Verdict.Undecided,
    };

    // Half of the interval, relative to the median.
    private static double Squared(BenchRow row)
    {
        double half = (row.SecondsHigh - row.SecondsMedian) / row.SecondsMedian;
        return half * half;
    }
}

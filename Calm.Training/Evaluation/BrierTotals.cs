namespace Calm.Training;

/// <summary>
/// Brier scores summed by independent units, documents or pieces of them, for bootstrap
/// intervals over units.
/// </summary>
internal sealed class BrierTotals
{
    /// <summary>Intervals from fewer units are too narrow, as there are few different resamples.</summary>
    public const int FewUnits = 10;

    /// <summary>Seed of all resamples.</summary>
    public const ulong Seed = 12345;

    private readonly SortedDictionary<(long Document, long Piece), (long Rows, double[] Sums)> _units = [];

    /// <summary>The scores, and BrierLM with its interval.</summary>
    /// <param name="Brier">Brier-1 to Brier-4.</param>
    /// <param name="BrierLm">Their combination.</param>
    /// <param name="Low">Lower end of the 95 % interval of BrierLM; NaN of fewer than two units.</param>
    /// <param name="High">Upper end.</param>
    /// <param name="Rows">Windows scored.</param>
    /// <param name="Documents">Documents of these windows.</param>
    internal sealed record Result(double[] Brier, double BrierLm, double Low, double High, long Rows, int Documents)
    {
        /// <summary>The 95 % intervals of Brier-1 to Brier-4.</summary>
        public (double Low, double High)[] Intervals { get; init; } = [];

        /// <summary>Number of units.</summary>
        public int Units { get; init; } = Documents;

        /// <summary>Their name in messages.</summary>
        public string UnitName => Units > Documents ? "pieces" : "documents";

        /// <summary>The interval for JSON; null if there is none.</summary>
        public double[]? Interval => double.IsNaN(Low) ? null : [Low, High];

        /// <summary>Adds all scores under their names in logs, and their intervals if there are any.</summary>
        public void AddTo(Dictionary<string, double> values)
        {
            Add("brierLm", "brier", BrierLm, (Low, High));
            for (int n = 0; n < Brier.Length; n++)
            {
                Add($"brier{n + 1}", $"brier{n + 1}", Brier[n], Intervals[n]);
            }

            void Add(string name, string ends, double value, (double Low, double High) interval)
            {
                values[name] = value;
                if (Interval is not null)
                {
                    (values[ends + "Low"], values[ends + "High"]) = interval;
                }
            }
        }
    }

    /// <summary>The sums over the windows of a document or of a piece of it.</summary>
    /// <param name="Unit">The document and the number of the piece.</param>
    /// <param name="Rows">Windows scored.</param>
    /// <param name="Sums">Their Brier-1 to Brier-4.</param>
    internal readonly record struct UnitSums((long Document, long Piece) Unit, long Rows, double[] Sums);

    /// <summary>The sums of all units, in their order.</summary>
    public UnitSums[] Units() =>
        [.. _units.Select(entry => new UnitSums(entry.Key, entry.Value.Rows, entry.Value.Sums))];

    /// <summary>Adds the scores of one window.</summary>
    /// <param name="document">Its document.</param>
    /// <param name="scores">Brier-1 to Brier-4 of this window.</param>
    public void Add(long document, ReadOnlySpan<double> scores) => Add((document, 0), scores);

    /// <summary>Adds the scores of one window.</summary>
    /// <param name="unit">Its document and piece.</param>
    /// <param name="scores">Brier-1 to Brier-4 of this window.</param>
    public void Add((long Document, long Piece) unit, ReadOnlySpan<double> scores)
    {
        (long rows, double[] sums) = _units.TryGetValue(unit, out (long, double[]) known)
            ? known
            : (0, new double[BrierScore.MostTokens]);
        for (int n = 0; n < sums.Length; n++)
        {
            sums[n] += scores[n];
        }

        _units[unit] = (rows + 1, sums);
    }

    /// <summary>The scores with their 95 % intervals over resampled units.</summary>
    /// <param name="estimator">The way to combine the four scores.</param>
    public Result Summarise(BrierEstimator estimator = BrierEstimator.Clamped)
    {
        UnitSums[] units = Units();
        Estimate[] scores = Bootstrap.Estimates(units.Length, RandomStreams.Bootstrap(Seed, 3), drawn =>
        {
            double[] mean = Mean(units, drawn);
            return [BrierScore.Combine(mean, estimator), .. mean];
        });
        return new Result(
            [.. scores[1..].Select(score => score.Value)], scores[0].Value, scores[0].Low, scores[0].High,
            units.Sum(unit => unit.Rows), units.Select(unit => unit.Unit.Document).Distinct().Count())
        {
            Intervals = [.. scores[1..].Select(score => (score.Low, score.High))],
            Units = units.Length,
        };
    }

    /// <summary>Brier-1 to Brier-4 of some units, which may repeat.</summary>
    internal static double[] Mean(UnitSums[] units, int[] drawn)
    {
        double[] mean = new double[BrierScore.MostTokens];
        long rows = 0;
        foreach (int unit in drawn)
        {
            (_, long count, double[] sums) = units[unit];
            rows += count;
            for (int n = 0; n < mean.Length; n++)
            {
                mean[n] += sums[n];
            }
        }

        for (int n = 0; n < mean.Length; n++)
        {
            mean[n] /= rows;
        }

        return mean;
    }
}

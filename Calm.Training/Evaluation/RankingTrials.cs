using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Trials on held-out text: each ranks the true continuation of a place among continuations of random places of other documents.
/// </summary>
/// <param name="places">The places.</param>
/// <param name="contextTokens">Most tokens of a prompt and its continuation together.</param>
/// <param name="tokens">Tokens of a continuation.</param>
/// <param name="choices">Continuations of a trial, the true one among them; at least 2.</param>
/// <param name="seed">Chooses the places.</param>
internal sealed class RankingTrials(HeldOutPlaces places, int contextTokens, int tokens, int choices, ulong seed)
{
    /// <summary>The result of some trials.</summary>
    /// <param name="Trials">Number of trials.</param>
    /// <param name="Documents">Documents of their places.</param>
    /// <param name="First">For each measure the share of trials that it puts the true continuation first in.</param>
    /// <param name="Difference">That of the first measure minus that of the last.</param>
    internal sealed record Result(
        int Trials, int Documents, IReadOnlyList<(ContinuationMeasure Measure, Estimate Share)> First, Estimate Difference);

    /// <summary>Runs trials.</summary>
    /// <param name="trials">Their number.</param>
    /// <param name="scorers">At least one.</param>
    /// <param name="progress">Receives the share that is done.</param>
    public Result Run(int trials, IReadOnlyList<IContinuationScorer> scorers, IProgress<double>? progress = null)
    {
        SortedDictionary<int, Unit> units = [];
        ContinuationMeasure[] measures = [.. scorers.SelectMany(scorer => scorer.Measures)];
        for (int trial = 0; trial < trials; trial++)
        {
            (int document, double[] first) = Run((uint)trial, scorers);
            Unit unit = units.GetValueOrDefault(document) ?? new Unit(0, new double[measures.Length]);
            units[document] = new Unit(unit.Trials + 1, [.. unit.First.Zip(first, (sum, one) => sum + one)]);
            progress?.Report((trial + 1.0) / trials);
        }

        Unit[] all = [.. units.Values];
        Estimate[] estimates = Bootstrap.Estimates(all.Length, RandomStreams.Bootstrap(BrierTotals.Seed, 6), drawn =>
        {
            double count = drawn.Sum(i => all[i].Trials);
            double[] shares = [.. measures.Select((_, m) => drawn.Sum(i => all[i].First[m]) / count)];
            return [.. shares, shares[0] - shares[^1]];
        });
        return new Result(trials, all.Length, [.. measures.Zip(estimates)], estimates[^1]);
    }

    /// <summary>Trials of a document, and for each measure the number of those that put the true continuation first.</summary>
    private sealed record Unit(int Trials, double[] First);

    /// <summary>A trial: the true continuation's document, and for each measure whether it is first.</summary>
    private (int Document, double[] First) Run(uint trial, IReadOnlyList<IContinuationScorer> scorers)
    {
        RandomStream stream = RandomStreams.ScorePlaces(seed, trial);
        HeldOutPlaces.Place truth = places.Choose(Random(stream, 0));
        int[] prompt = places.Prompt(truth, contextTokens - tokens);
        int[][] continuations =
        [
            places.Continuation(truth),
            .. Enumerable.Range(1, choices - 1).Select(other =>
                places.Continuation(places.ChooseOutside(Random(stream, other), truth.Document))),
        ];
        return (truth.Document, [.. scorers.SelectMany(scorer => FirstBy(scorer, trial, prompt, continuations))]);
    }

    private static IEnumerable<double> FirstBy(
        IContinuationScorer scorer, uint trial, int[] prompt, int[][] continuations)
    {
        scorer.Read(prompt, trial);
        ContinuationScore[][] scores = [.. continuations.Select(ids => scorer.Score(ids))];
        return scorer.Measures.Select((_, m) => First([.. scores.Select(score => score[m].Goodness)]));
    }

    /// <summary>1 if the first value is the greatest, 1 / n if it is one of n equal ones that are, else 0.</summary>
    private static double First(double[] values) =>
        values.Max() is var best && values[0] == best ? 1.0 / values.Count(value => value == best) : 0;

    /// <summary>A random 64-bit number.</summary>
    private static ulong Random(RandomStream stream, int number) =>
        ((ulong)stream.Word(2 * (ulong)number) << 32) | stream.Word(2 * (ulong)number + 1);
}

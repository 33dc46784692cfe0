using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// Measures accuracy and diversity of the batch algorithm's choices: two choices at each position, from half the pool each.
/// </summary>
internal static class ChoiceMeasure
{
    /// <summary>Chooses at every place.</summary>
    /// <param name="pools">Draws; N is half of them.</param>
    /// <param name="agreement">n of the temperature 1/n.</param>
    /// <param name="seed">Seed of the choices.</param>
    /// <returns>Shares with their intervals over documents, or over pieces where these are few.</returns>
    public static IReadOnlyDictionary<string, double> Of(CandidatePools pools, int agreement, ulong seed)
    {
        RandomStream choices = RandomStreams.StudyChoice(seed, (uint)agreement);
        HashSet<string> distinct = [];
        SortedDictionary<(long, long), Totals> units = [];
        for (int i = 0; i < pools.Places.Count; i++)
        {
            CandidatePools.Place place = pools.Places[i];
            int[] first = Choose(pools, place, 0, agreement, choices.Uniform(2 * (ulong)i));
            int[] second = Choose(pools, place, 1, agreement, choices.Uniform(2 * (ulong)i + 1));
            distinct.Add(string.Join(' ', first));
            Totals before = units.GetValueOrDefault(place.Unit);
            units[place.Unit] = before.Add(first, second, place.Truth);
        }

        Totals[] totals = [.. units.Values];
        Dictionary<string, double> values = new()
        {
            ["temperature"] = 1.0 / agreement,
            ["places"] = pools.Places.Count,
            ["candidates"] = agreement == 1 ? 1 : pools.Draws / 2,
            ["distinct"] = (double)distinct.Count / pools.Places.Count,
        };
        Add(values, "tokenHits", totals, one => one.TokenHits, seed);
        Add(values, "firstHits", totals, one => one.FirstHits, seed);
        Add(values, "differing", totals, one => one.Differing, seed);
        return values;
    }

    /// <summary>Counts of positions in a document or in a piece of it.</summary>
    private readonly record struct Totals(double Places, double TokenHits, double FirstHits, double Differing)
    {
        public Totals Add(int[] first, int[] second, int[] truth) => new(
            Places + 1,
            TokenHits + (double)first.Zip(truth).Count(pair => pair.First == pair.Second) / truth.Length,
            FirstHits + (first[0] == truth[0] ? 1 : 0),
            Differing + (first.SequenceEqual(second) ? 0 : 1));
    }

    private static int[] Choose(CandidatePools pools, CandidatePools.Place place, int half, int agreement, double u)
    {
        int width = pools.Draws / 2 * pools.PatchSize;
        ReadOnlySpan<int> pool = place.Tokens.AsSpan(half * width, width);
        int draw = agreement == 1 ? 0 : CandidateChoice.Choose(pool, pools.PatchSize, agreement, u);
        return pool.Slice(draw * pools.PatchSize, pools.PatchSize).ToArray();
    }

    private static void Add(
        Dictionary<string, double> values, string name, Totals[] totals, Func<Totals, double> count, ulong seed)
    {
        Estimate share = Bootstrap.Estimate(
            totals.Length, RandomStreams.Bootstrap(seed),
            drawn => drawn.Sum(i => count(totals[i])) / drawn.Sum(i => totals[i].Places));
        share.AddTo(values, name);
    }
}

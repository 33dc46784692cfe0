using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// Measures the distance of the batch algorithm's distribution from p^n / Z at positions of a model. There p is the share of
/// its draws.
/// </summary>
internal static class LawMeasure
{
    /// <summary>Maximum draws of the exact algorithm, as in generation.</summary>
    public const double MostDraws = 10_000;

    private const int MostPlaces = 48;
    private const int Samples = 1000;

    /// <summary>Compares the laws, by samples of both.</summary>
    /// <param name="pools">Draws at places.</param>
    /// <param name="agreement">n of the temperature 1/n.</param>
    /// <param name="candidates">N of the batch algorithm.</param>
    /// <param name="seed">Seed of the samples.</param>
    /// <returns>Means over places with their intervals.</returns>
    public static IReadOnlyDictionary<string, double> Of(CandidatePools pools, int agreement, int candidates, ulong seed)
    {
        int count = Math.Min(MostPlaces, pools.Places.Count);
        double[][] laws =
        [
            .. Enumerable.Range(0, count).Select(i => Shares(pools, pools.Places[i * pools.Places.Count / count])),
        ];
        double[][] exact = [.. laws.Select(p => Exact(p, agreement))];
        double[] distances = new double[count];
        double[] floors = new double[count];
        for (int place = 0; place < count; place++)
        {
            RandomStream random = RandomStreams.StudyLaw(seed, (uint)place);
            distances[place] = Distance(SampleBatch(laws[place], agreement, candidates, random), exact[place]);
            floors[place] = Distance(SampleExact(exact[place], random), exact[place]);
        }

        Dictionary<string, double> values = new()
        {
            ["temperature"] = 1.0 / agreement,
            ["places"] = count,
            ["candidates"] = candidates,
            ["exactCandidates"] = laws.Average(p => Math.Min(MostDraws, ExpectedDraws(p, agreement))),
            ["collision"] = laws.Average(p => p.Sum(x => x * x)),
        };
        Add(values, "distance", distances, seed);
        Add(values, "floor", floors, seed);
        return values;
    }

    /// <summary>p^n / Z.</summary>
    internal static double[] Exact(double[] p, int agreement)
    {
        double sum = p.Sum(x => Math.Pow(x, agreement));
        return [.. p.Select(x => Math.Pow(x, agreement) / sum)];
    }

    /// <summary>
    /// Draws that the exact algorithm makes on average: a trial of n draws succeeds with Z, the sum of p^n, and makes its
    /// i-th draw if those before agree.
    /// </summary>
    internal static double ExpectedDraws(double[] p, int agreement)
    {
        double trial = 1 + Enumerable.Range(1, agreement - 1).Sum(agreed => p.Sum(x => Math.Pow(x, agreed)));
        return trial / p.Sum(x => Math.Pow(x, agreement));
    }

    /// <summary>Total variation: half the sum of absolute differences.</summary>
    internal static double Distance(double[] one, double[] other) =>
        0.5 * one.Zip(other, (a, b) => Math.Abs(a - b)).Sum();

    /// <summary>Shares of the answers of the batch algorithm to pools drawn from p.</summary>
    internal static double[] SampleBatch(double[] p, int agreement, int candidates, RandomStream random)
    {
        double[] running = Running(p);
        double[] shares = new double[p.Length];
        int[] pool = new int[candidates];
        ulong index = 0;
        for (int sample = 0; sample < Samples; sample++)
        {
            for (int i = 0; i < candidates; i++)
            {
                pool[i] = Find(running, random.Uniform(index++));
            }

            shares[pool[CandidateChoice.Choose(pool, 1, agreement, random.Uniform(index++))]] += 1.0 / Samples;
        }

        return shares;
    }

    private static double[] SampleExact(double[] law, RandomStream random)
    {
        double[] running = Running(law);
        double[] shares = new double[law.Length];
        for (int sample = 0; sample < Samples; sample++)
        {
            shares[Find(running, random.Uniform((ulong)sample))] += 1.0 / Samples;
        }

        return shares;
    }

    private static double[] Shares(CandidatePools pools, CandidatePools.Place place)
    {
        (int[] outcomes, int distinct) = pools.OutcomesOf(place);
        double[] shares = new double[distinct];
        foreach (int outcome in outcomes)
        {
            shares[outcome] += 1.0 / outcomes.Length;
        }

        return shares;
    }

    private static double[] Running(double[] p)
    {
        double sum = 0;
        return [.. p.Select(x => sum += x)];
    }

    private static int Find(double[] running, double u)
    {
        int found = Array.BinarySearch(running, u * running[^1]);
        return Math.Min(running.Length - 1, found >= 0 ? found + 1 : ~found);
    }

    private static void Add(Dictionary<string, double> values, string name, double[] places, ulong seed)
    {
        Estimate mean = Bootstrap.Estimate(
            places.Length, RandomStreams.Bootstrap(seed, 1), drawn => drawn.Average(i => places[i]));
        mean.AddTo(values, name);
    }
}

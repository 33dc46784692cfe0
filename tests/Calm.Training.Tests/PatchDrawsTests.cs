using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Energy and agreement of draws against their definitions, and their variances against repetition.</summary>
public sealed class PatchDrawsTests
{
    private const int Size = 19; // more than a register, and not a multiple of one

    [Theory]
    [InlineData(1.0)]
    [InlineData(1.5)]
    [InlineData(2.0)]
    public void Energy_is_the_score_of_the_definition(double exponent)
    {
        const int count = 17;
        const int targetCount = 3;
        float[] draws = Normals(count * Size, 1);
        float[] targets = Normals(targetCount * Size, 2);
        double fit = 0;
        double spread = 0;
        for (int i = 0; i < count; i++)
        {
            fit += Enumerable.Range(0, targetCount).Average(n => Distance(draws, i, targets, n, exponent)) / count;
            for (int j = 0; j < count; j++)
            {
                spread += Distance(draws, i, draws, j, exponent) / (count * (count - 1.0));
            }
        }

        double score = new PatchDraws(draws, new int[count], count, exponent).Energy(targets).Value;
        Assert.Equal(fit - spread / 2, score, 1e-12);

        // Training's loss is twice the score.
        using HostDevice host = new(1);
        using Tape tape = new(host, recording: false);
        float[] terms = EnergyTerms.Apply(
            tape, tape.From(draws, new Shape(1, count, Size)), tape.From(targets, new Shape(1, targetCount, Size)),
            (float)exponent).ToArray();
        Assert.Equal(terms[1] - terms[0] / 2, score, 1e-5);
    }

    /// <summary>The variance is that of scores of new draws, and that of a bootstrap of the same draws.</summary>
    [Theory]
    [InlineData(48, 200)]
    [InlineData(200, 20)]
    public void Variance_is_that_of_repeated_scores(int count, int targetCount)
    {
        const int repeats = 600;
        DrawMean[] scores =
        [
            .. Enumerable.Range(0, repeats).Select(repeat =>
                new PatchDraws(Normals(count * Size, 2 * (uint)repeat), new int[count], count, 1)
                    .Energy(Normals(targetCount * Size, 2 * (uint)repeat + 1, shift: 0.8f))),
        ];
        double mean = scores.Average(score => score.Value);
        Assert.Equal(1, scores.Average(score => score.Variance) / Variance([.. scores.Select(score => score.Value)]), 0.15);
        int covered = scores.Count(score => score.Over(1) is var interval && interval.Low <= mean && mean <= interval.High);
        Assert.InRange(covered, 0.92 * repeats, 0.98 * repeats);

        float[] draws = Normals(count * Size, 0);
        float[] targets = Normals(targetCount * Size, 1, shift: 0.8f);
        double[,] fits = Distances(draws, targets);
        double[,] between = Distances(draws, draws);
        RandomStream random = new(9, 0, 0);
        double[] resampled =
        [
            .. Enumerable.Range(0, repeats).Select(repeat => Resampled(
                fits, between, Drawn(random, 2 * repeat, count), Drawn(random, 2 * repeat + 1, targetCount))),
        ];
        Assert.Equal(1, scores[0].Variance / Variance(resampled), 0.2);
    }

    [Fact]
    public void Agreement_counts_leading_tokens_of_the_continuation_alone()
    {
        int[] tokens = [1, 2, 3, 4, 1, 2, 3, 9, 1, 9, 3, 4, 9, 2, 3, 4];
        PatchDraws draws = new(new float[4], tokens, 4, 1);
        Assert.Equal((4 + 3 + 1 + 0) / 4.0, draws.Agreement([1, 2, 3, 4], 0).Value);
        Assert.Equal((3 + 2 + 0 + 0) / 4.0, draws.Agreement([1, 2, 3, 4], 1).Value);
        Assert.Equal((2 + 2 + 1 + 0) / 4.0, draws.Agreement([1, 2], 0).Value);

        // 4, 3, 1 and 0 have a variance of 10/3, their mean of a fourth.
        Assert.Equal(10 / 3.0 / 4, draws.Agreement([1, 2, 3, 4], 0).Variance, 1e-12);
    }

    [Fact]
    public void Draws_that_are_no_numbers_are_an_error_in_a_line()
    {
        PatchDraws draws = new([1, float.NaN], [1, 2], 2, 1);
        Assert.Contains("diverged", Assert.Throws<CalmException>(() => draws.Energy([1, 1])).Message, StringComparison.Ordinal);
    }

    /// <summary>The score of draws that are drawn again; pairs of one and the same draw are left out.</summary>
    private static double Resampled(double[,] fits, double[,] between, int[] draws, int[] targets)
    {
        (double fit, double spread, double pairs) = (0, 0, 0);
        foreach (int i in draws)
        {
            foreach (int target in targets)
            {
                fit += fits[i, target];
            }

            foreach (int j in draws)
            {
                spread += between[i, j];
                pairs += i == j ? 0 : 1;
            }
        }

        return fit / draws.Length / targets.Length - spread / pairs / 2;
    }

    private static int[] Drawn(RandomStream random, int sample, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (int)(random.Uniform((ulong)(sample * 1000 + i)) * count))];

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1);
    }

    private static double[,] Distances(float[] x, float[] y)
    {
        double[,] distances = new double[x.Length / Size, y.Length / Size];
        for (int i = 0; i < x.Length / Size; i++)
        {
            for (int j = 0; j < y.Length / Size; j++)
            {
                distances[i, j] = Distance(x, i, y, j, 1);
            }
        }

        return distances;
    }

    private static double Distance(float[] x, int i, float[] y, int j, double exponent)
    {
        double square = 0;
        for (int c = 0; c < Size; c++)
        {
            square += Math.Pow((double)x[i * Size + c] - y[j * Size + c], 2);
        }

        return Math.Pow(square, exponent / 2);
    }

    private static float[] Normals(int count, uint seed, float shift = 0)
    {
        RandomStream stream = new(seed, 0, 0);
        return [.. Enumerable.Range(0, count).Select(i => stream.Normal((ulong)i) + shift)];
    }
}

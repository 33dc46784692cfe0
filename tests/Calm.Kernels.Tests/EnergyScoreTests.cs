using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Tests of the energy score beyond its cases: coincident points, batches, threads, NaN, messages.</summary>
public sealed class EnergyScoreTests
{
    private const int Targets = 10;
    private static readonly RandomStream Noise = new(3, 4, 5);

    public static TheoryData<InstructionSet, float> EveryWidthAndExponent()
    {
        TheoryData<InstructionSet, float> data = [];
        foreach (InstructionSet set in Enum.GetValues<InstructionSet>().Where(HostInstructions.IsSupported))
        {
            foreach (float exponent in new[] { 0.1f, 0.5f, 1f, 1.5f, 1.9f })
            {
                data.Add(set, exponent);
            }
        }

        return data;
    }

    /// <summary>Two equal draws, and a target equal to them: those pairs give nothing, the others what they should.</summary>
    [Theory]
    [MemberData(nameof(EveryWidthAndExponent))]
    public void A_distance_of_zero_gives_no_gradient(InstructionSet set, float exponent)
    {
        const int draws = 5;
        const int columns = 33;
        float[] x = Normals(draws * columns, 1);
        float[] y = Normals(Targets * columns, 2);
        x.AsSpan(0, columns).CopyTo(x.AsSpan(columns));
        x.AsSpan(0, columns).CopyTo(y.AsSpan(3 * columns));
        AssertTermsAndGradients(set, x, y, columns, exponent);
    }

    /// <summary>As when training starts: all draws are zero.</summary>
    [Theory]
    [MemberData(nameof(EveryWidthAndExponent))]
    public void All_draws_may_coincide(InstructionSet set, float exponent) =>
        AssertTermsAndGradients(set, new float[8 * 16], Normals(Targets * 16, 3), 16, exponent);

    /// <summary>As a step later: what tells the draws apart is a millionth of their size.</summary>
    [Theory]
    [MemberData(nameof(EveryWidthAndExponent))]
    public void Draws_may_lie_close_together(InstructionSet set, float exponent)
    {
        const int columns = 40;
        float[] center = Normals(columns, 4);
        float[] x = [.. Normals(8 * columns, 5).Select((d, i) => center[i % columns] + 1e-6f * d)];
        AssertTermsAndGradients(set, x, Normals(Targets * columns, 6), columns, exponent);
    }

    private static void AssertTermsAndGradients(InstructionSet set, float[] x, float[] y, int columns, float exponent)
    {
        int draws = x.Length / columns;
        using HostDevice host = new(1, set);
        using Tape tape = new(host);
        Tensor input = tape.From(x, new Shape(1, draws, columns));
        input.RequiresGradient = true;
        Tensor terms = EnergyTerms.Apply(tape, input, tape.From(y, new Shape(1, y.Length / columns, columns)), exponent);
        terms.SetGradient(tape.From([-1f, 2f], terms.Shape));
        tape.Backward();

        double[] wide = [.. x.Select(v => (double)v)];
        double[][] want = EnergyTerms.Reference(
            wide, [.. y.Select(v => (double)v)], draws, y.Length / columns, columns, exponent);
        AssertClose([want[0][0], want[1][0]], terms.ToArray(), 2e-6);
        AssertClose(Gradient(x, y, columns, exponent), input.Gradient!.ToArray(), 1e-5);
    }

    // Of 2 fit - spread, by the formula, in double.
    private static double[] Gradient(float[] x, float[] y, int columns, double exponent)
    {
        int draws = x.Length / columns;
        int targets = y.Length / columns;
        double[] gradient = new double[x.Length];
        for (int i = 0; i < draws; i++)
        {
            Span<double> row = gradient.AsSpan(i * columns, columns);
            for (int k = 0; k < draws; k++)
            {
                Add(row, -2.0 / (draws * (draws - 1)), x.AsSpan(i * columns, columns), x.AsSpan(k * columns, columns));
            }

            for (int j = 0; j < targets; j++)
            {
                Add(row, 2.0 / (draws * targets), x.AsSpan(i * columns, columns), y.AsSpan(j * columns, columns));
            }
        }

        return gradient;

        void Add(Span<double> target, double factor, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
        {
            double square = 0;
            for (int c = 0; c < columns; c++)
            {
                square += ((double)a[c] - b[c]) * ((double)a[c] - b[c]);
            }

            for (int c = 0; c < columns && square > 0; c++)
            {
                target[c] += factor * exponent * Math.Pow(square, exponent / 2 - 1) * ((double)a[c] - b[c]);
            }
        }
    }

    private static void AssertClose(double[] want, float[] got, double tolerance)
    {
        double scale = want.Max(Math.Abs);
        for (int i = 0; i < want.Length; i++)
        {
            Assert.True(Math.Abs(got[i] - want[i]) <= tolerance * scale, $"element {i}: {got[i]}, expected {want[i]}");
        }
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        Batch batch = new(50);
        (float loss, float[] gradient) = batch.Run(1, Enumerable.Range(0, 50));
        foreach (int threads in new[] { 2, 3 })
        {
            (float otherLoss, float[] otherGradient) = batch.Run(threads, Enumerable.Range(0, 50));
            Assert.Equal(loss, otherLoss);
            Assert.Equal(gradient, otherGradient);
        }
    }

    /// <summary>With half as many positions each counts twice; apart from that nothing changes for any of them.</summary>
    [Fact]
    public void A_batch_may_be_cut_and_reordered()
    {
        Batch batch = new(8);
        (float whole, float[] gradient) = batch.Run(2, Enumerable.Range(0, 8));
        int[] first = [6, 1, 4, 3];
        int[] second = [0, 7, 2, 5];
        (float loss0, float[] gradient0) = batch.Run(2, first);
        (float loss1, float[] gradient1) = batch.Run(2, second);

        Assert.Equal(whole, (loss0 + loss1) / 2, 1e-6f * whole);
        float[] halves = [.. gradient0, .. gradient1];
        int[] order = [.. first, .. second];
        int size = gradient.Length / 8;
        for (int i = 0; i < order.Length; i++)
        {
            Assert.Equal(
                gradient.Skip(order[i] * size).Take(size).Select(v => 2 * v), halves.Skip(i * size).Take(size));
        }
    }

    [Fact]
    public void Not_recording_gives_the_same_loss()
    {
        Batch batch = new(5);
        using HostDevice host = new(1);
        using Tape tape = new(host, recording: false);
        (_, Tensor loss) = batch.Apply(tape, Enumerable.Range(0, 5));
        Assert.Equal(batch.Run(1, Enumerable.Range(0, 5)).Loss, loss.ToArray()[0]);
        Assert.Empty(tape.Nodes);
    }

    [Fact]
    public void Gradients_are_scaled_and_add_up()
    {
        Batch batch = new(3);
        float[] once = batch.Run(1, [0, 1, 2]).Gradient;
        using HostDevice host = new(1);
        using Tape tape = new(host);
        (Tensor draws, Tensor first) = batch.Apply(tape, [0, 1, 2]);
        Tensor second = batch.Apply(tape, draws, [0, 1, 2]);
        first.SetGradient(tape.From([0.25f], first.Shape));
        second.SetGradient(tape.From([0.5f], second.Shape));
        tape.Backward();
        Assert.Equal(once.Select(v => 0.25f * v + 0.5f * v), draws.Gradient!.ToArray());
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(1.5f)]
    public void A_NaN_spoils_its_position_and_the_loss(float exponent)
    {
        Batch batch = new(3, exponent);
        batch.Draws[batch.Draws.Length / 2] = float.NaN;
        (float loss, float[] gradient) = batch.Run(1, [0, 1, 2]);
        int size = gradient.Length / 3;
        Assert.True(float.IsNaN(loss));
        Assert.All(gradient[..size], v => Assert.True(float.IsFinite(v)));
        Assert.Contains(gradient[size..(2 * size)], float.IsNaN);
        Assert.All(gradient[(2 * size)..], v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void Messages_name_what_does_not_fit()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor rows = tape.Rent(new Shape(3, 4), "test");
        Tensor one = tape.Rent(new Shape(3, 1, 4), "test");
        Tensor two = tape.Rent(new Shape(3, 2, 4), "test");
        AssertMessage("number of draws is 1, expected at least 2", () => EnergyTerms.Apply(tape, one, two));
        AssertMessage("targets has shape [3, 2, 4], expected [2, 2, 4]", () =>
            EnergyTerms.Apply(tape, tape.Rent(new Shape(2, 2, 4), "test"), two));
        AssertMessage("exponent is 2.5, expected more than 0 and at most 2", () => EnergyTerms.Apply(tape, two, two, 2.5f));
        AssertMessage("exponent is NaN", () => EnergyScore.Apply(tape, two, rows, rows, one, float.NaN));
        AssertMessage("logStd has shape [3, 1, 4], expected [3, 4]", () => EnergyScore.Apply(tape, two, rows, one, one));
        AssertMessage("positions has 12 elements, expected 3", () =>
            EnergyScore.Apply(tape, two, rows, rows, rows, Noise));
    }

    private static void AssertMessage(string part, Action action) =>
        Assert.Contains(part, Assert.Throws<ArgumentException>(action).Message);

    private static float[] Normals(int count, uint stream)
    {
        RandomStream numbers = new(9, 0, stream);
        return [.. Enumerable.Range(0, count).Select(i => numbers.Normal((ulong)i))];
    }

    /// <summary>A batch of which any positions can be run in any order.</summary>
    private sealed class Batch(int positions, float exponent = 1)
    {
        private const int DrawCount = 5;
        private const int Columns = 33;

        private readonly float[] _mean = Normals(positions * Columns, 11);
        private readonly float[] _logStd = Normals(positions * Columns, 12);

        public float[] Draws { get; } = Normals(positions * DrawCount * Columns, 10);

        public (float Loss, float[] Gradient) Run(int threads, IEnumerable<int> chosen)
        {
            using HostDevice host = new(threads);
            using Tape tape = new(host);
            (Tensor draws, Tensor loss) = Apply(tape, chosen);
            tape.Backward(loss);
            return (loss.ToArray()[0], draws.Gradient!.ToArray());
        }

        public (Tensor Draws, Tensor Loss) Apply(Tape tape, IEnumerable<int> chosen)
        {
            Tensor draws = tape.From(
                Rows(Draws, DrawCount * Columns, chosen), new Shape(chosen.Count(), DrawCount, Columns));
            draws.RequiresGradient = true;
            return (draws, Apply(tape, draws, chosen));
        }

        public Tensor Apply(Tape tape, Tensor draws, IEnumerable<int> chosen)
        {
            Shape shape = new(chosen.Count(), Columns);
            return EnergyScore.Apply(
                tape, draws, tape.From(Rows(_mean, Columns, chosen), shape),
                tape.From(Rows(_logStd, Columns, chosen), shape),
                tape.FromIntegers(chosen.ToArray(), new Shape(chosen.Count())), Noise, Targets, exponent);
        }

        private static float[] Rows(float[] values, int length, IEnumerable<int> chosen) =>
            [.. chosen.SelectMany(row => values.Skip(row * length).Take(length))];
    }
}

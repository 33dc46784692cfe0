using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Tests of the latent ops beyond their cases: batches, threads, floors, NaN, messages.</summary>
public sealed class LatentTests
{
    private const float Probability = 0.25f;
    private static readonly RandomStream Stream = new(1, 2, 3);

    /// <summary>Rows draw the same numbers wherever they are, and gradients use those of the forward pass.</summary>
    [Fact]
    public void A_batch_may_be_cut_and_reordered()
    {
        int[] order = [3, 0, 2, 1];
        using HostDevice host = new(2);
        foreach (int columns in new[] { 1, 33, 300 })
        {
            float[][] whole = Outputs(host, [0, 1, 2, 3], columns);
            float[][] reordered = Outputs(host, order, columns);
            for (int op = 0; op < whole.Length; op++)
            {
                for (int row = 0; row < order.Length; row++)
                {
                    Assert.Equal(Row(whole[op], order[row]), Row(reordered[op], row));
                }
            }

            IEnumerable<float> Row(float[] values, int row) => values.Skip(row * columns).Take(columns);
        }
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        int[] rows = [.. Enumerable.Range(0, 700)];
        using HostDevice one = new(1);
        float[][] want = Outputs(one, rows, 130);
        foreach (int threads in new[] { 2, 3 })
        {
            using HostDevice host = new(threads);
            Assert.Equal(want, Outputs(host, rows, 130));
        }
    }

    // z, dMean, dLogStd, dropped, its gradient, ids, of rows with these global indices.
    private static float[][] Outputs(HostDevice host, int[] rows, int columns)
    {
        using Tape tape = new(host);
        Shape shape = new(rows.Length, columns);
        Tensor indices = tape.FromIntegers(rows, new Shape(rows.Length));
        Tensor mean = Values(tape, rows, shape, 0);
        Tensor logStd = Values(tape, rows, shape, 1);
        Tensor x = Values(tape, rows, shape, 2);
        Tensor z = Reparameterise.Apply(tape, mean, logStd, indices, Stream);
        Tensor kl = ClampedKl.Apply(tape, mean, logStd, 0.5f, rows.Length);
        Tensor dropped = Dropout.Apply(tape, x, Probability, indices, Stream with { Stream = 4 });
        Tensor ids = tape.FromIntegers(Enumerable.Range(1, (int)shape.Count).Select(i => 7).ToArray(), shape);
        Tensor kept = TokenDropout.Apply(tape, ids, Probability, indices, Stream with { Stream = 5 });
        z.SetGradient(Values(tape, rows, shape, 6));
        dropped.SetGradient(Values(tape, rows, shape, 7));
        tape.Backward(kl);
        return
        [
            z.ToArray(), mean.Gradient!.ToArray(), logStd.Gradient!.ToArray(), dropped.ToArray(), x.Gradient!.ToArray(),
            [.. kept.ToIntegerArray().Select(id => (float)id)],
        ];
    }

    private static Tensor Values(Tape tape, int[] rows, Shape shape, uint stream)
    {
        RandomStream numbers = new(8, 0, stream);
        Tensor values = tape.From(
            [.. rows.SelectMany(row =>
                Enumerable.Range(0, shape.Columns).Select(c => numbers.Normal((ulong)(row * shape.Columns + c))))],
            shape);
        values.RequiresGradient = true;
        return values;
    }

    [Fact]
    public void Gradients_of_several_ops_add_up()
    {
        float[][] draw = Gradients(draws: true, diverges: false);
        float[][] divergence = Gradients(draws: false, diverges: true);
        float[][] both = Gradients(draws: true, diverges: true);
        for (int input = 0; input < both.Length; input++)
        {
            Assert.Equal(draw[input].Zip(divergence[input], (a, b) => a + b), both[input]);
        }
    }

    // Of mean and logStd.
    private static float[][] Gradients(bool draws, bool diverges)
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        int[] rows = [4, 5];
        Shape shape = new(rows.Length, 35);
        Tensor mean = Values(tape, rows, shape, 0);
        Tensor logStd = Values(tape, rows, shape, 1);
        Tensor kl = ClampedKl.Apply(tape, mean, logStd, 0.5f);
        Tensor z = Reparameterise.Apply(tape, mean, logStd, tape.FromIntegers(rows, new Shape(rows.Length)), Stream);
        Tensor dz = Values(tape, rows, shape, 6);
        Tensor again = Dropout.Apply(tape, mean, Probability, Ones(tape, shape));
        if (draws)
        {
            z.SetGradient(dz);
            again.SetGradient(dz);
        }

        if (diverges)
        {
            kl.SetGradient(tape.From([1f], kl.Shape));
        }

        tape.Backward();
        return [mean.Gradient!.ToArray(), logStd.Gradient!.ToArray()];
    }

    private static Tensor Ones(Tape tape, Shape shape)
    {
        Tensor ones = tape.Rent(shape, "test");
        ones.Span.Fill(1);
        return ones;
    }

    [Fact]
    public void Dropout_keeps_the_mean_and_the_promised_share()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        const int rows = 1000;
        const int columns = 100;
        Tensor x = tape.Rent(new Shape(rows, columns), "test");
        x.Span.Fill(1);
        Tensor indices = tape.FromIntegers([.. Enumerable.Range(0, rows)], new Shape(rows));
        float[] y = Dropout.Apply(tape, x, Probability, indices, Stream).ToArray();
        double kept = y.Count(v => v != 0) / (double)y.Length;
        Assert.Equal(1 - Probability, kept, 4 * Math.Sqrt(Probability * (1 - Probability) / y.Length));
        Assert.All(y.Where(v => v != 0), v => Assert.Equal(1 / (1 - Probability), v));
        Assert.Same(x, Dropout.Apply(tape, x, 0, indices, Stream));
        Tensor ids = indices.Reshape(rows, 1);
        Assert.Same(ids, TokenDropout.Apply(tape, ids, 0, indices, Stream));
    }

    /// <summary>Mean 0 and deviation 1 diverge by 0, below the floor; mean 2 by 2, above it.</summary>
    [Fact]
    public void Below_the_floor_there_is_a_constant_and_no_gradient()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor mean = tape.From([0f, 2f], new Shape(1, 2));
        Tensor logStd = tape.From([0f, 0f], new Shape(1, 2));
        mean.RequiresGradient = true;
        Tensor loss = ClampedKl.Apply(tape, mean, logStd, 0.5f, 3);
        tape.Backward(loss);
        Assert.Equal(3 * (0.5f + 2f), loss.ToArray()[0]);
        Assert.Equal([0f, 6f], mean.Gradient!.ToArray());
    }

    [Fact]
    public void A_NaN_comes_through()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        float[] values = new float[40];
        values[5] = values[39] = float.NaN;
        Tensor x = tape.From(values, new Shape(1, 40));
        Tensor finite = tape.From(new float[40], new Shape(1, 40));
        Tensor keepNone = tape.From(new float[40], new Shape(1, 40));
        Assert.True(float.IsNaN(ClampedKl.Apply(tape, x, finite, 0.5f).ToArray()[0]));
        Assert.True(float.IsNaN(ClampedKl.Apply(tape, finite, x, 0.5f).ToArray()[0]));
        Assert.Equal(values, Dropout.Apply(tape, x, Probability, keepNone).ToArray());
        Assert.True(float.IsNaN(Reparameterise.Apply(tape, finite, x, finite).ToArray()[39]));
    }

    [Fact]
    public void Messages_name_what_does_not_fit()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = tape.Rent(new Shape(3, 4), "test");
        Tensor rows = tape.Rent(new Shape(2), "test", ElementType.Int32);
        AssertMessage("rows has 2 elements, expected 3", () => Reparameterise.Apply(tape, x, x, rows, Stream));
        AssertMessage("logStd has shape [2], expected [3, 4]", () => ClampedKl.Apply(tape, x, rows, 0));
        AssertMessage("probability is 1, expected at least 0", () => Dropout.Apply(tape, x, 1, x));
        AssertMessage("keep has shape [2], expected [3, 4]", () => Dropout.Apply(tape, x, 0.5f, rows));
    }

    private static void AssertMessage(string part, Action action) =>
        Assert.Contains(part, Assert.Throws<ArgumentException>(action).Message);
}

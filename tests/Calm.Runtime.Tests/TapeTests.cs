namespace Calm.Runtime.Tests;

public sealed class TapeTests
{
    [Fact]
    public void A_tensor_of_a_finished_step_throws()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = tape.From([1f, 2f], new Shape(2));
        Assert.Equal([1f, 2f], x.ToArray());
        Tensor view = x.Reshape(1, 2);
        tape.Reset();
        Assert.Throws<InvalidOperationException>(() => x.ToArray());
        Assert.Throws<InvalidOperationException>(() => view.Span[0]);
    }

    [Fact]
    public void From_the_third_equal_step_on_nothing_is_taken_from_the_device()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        for (int step = 1; step <= 5; step++)
        {
            long before = tape.Capacity;
            for (int i = 0; i < 40; i++)
            {
                tape.Rent(new Shape(1000, 1 + i), "test").Clear();
            }

            if (step >= 3)
            {
                Assert.Equal(before, tape.Capacity);
            }

            tape.Reset();
        }
    }

    [Fact]
    public void Out_of_memory_names_the_largest_owners()
    {
        using HostDevice host = new(1) { MemoryLimit = 1_000_000_000 };
        using Tape tape = new(host);
        tape.Rent(new Shape(1000, 1000), "attention");
        tape.Rent(new Shape(10, 1000), "norm");
        var failure = Assert.Throws<OutOfDeviceMemoryException>(
            () => tape.Rent(new Shape(30_000, 30_000), "logits"));
        Assert.Contains("logits wanted 3600.0 MB", failure.Message, StringComparison.Ordinal);
        Assert.Contains("attention 4.0 MB, norm ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradients_run_in_reverse_and_add_up()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = tape.From([3f], new Shape(1));
        x.RequiresGradient = true;

        // w = 3 (2 x) and z = 5 x through a view: d(w + z)/dx = 11.
        Tensor w = Scale(tape, Scale(tape, x, 2), 3);
        Tensor z = Scale(tape, x.Reshape(1, 1), 5);
        z.SetGradient(tape.From([1f], z.Shape));
        tape.Backward(w);
        Assert.Equal([11f], x.Gradient!.ToArray());
    }

    [Fact]
    public void A_loss_that_is_given_twice_counts_twice()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = tape.From([3f], new Shape(1));
        x.RequiresGradient = true;
        Tensor loss = Scale(tape, x, 2);
        tape.Backward(loss, new LossTerm(loss, 0.5));
        Assert.Equal([3f], x.Gradient!.ToArray());
    }

    [Fact]
    public void Tapes_and_devices_may_be_disposed_of_twice()
    {
        HostDevice host = new(2);
        Tape tape = new(host);
        tape.From([1f], new Shape(1));
        tape.Dispose();
        tape.Dispose();
        host.Dispose();
        host.Dispose();
    }

    [Fact]
    public void Gradients_are_taken_once_a_step()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = tape.From([3f], new Shape(1));
        x.RequiresGradient = true;
        Tensor y = Scale(tape, x, 2);
        tape.Backward(y);
        Assert.Contains("taken already", Assert.Throws<InvalidOperationException>(() => tape.Backward(y)).Message);
        Assert.Equal([2f], x.Gradient!.ToArray());
        tape.Reset();
        tape.Backward();
    }

    [Fact]
    public void Floats_and_integers_are_not_read_as_each_other()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor floats = tape.From([1, 2], new Shape(2));
        Tensor integers = tape.FromIntegers([1, 2], new Shape(2));
        Assert.Throws<InvalidOperationException>(() => floats.IntegerSpan[0]);
        Assert.Throws<InvalidOperationException>(() => integers.Span[0]);
        Assert.Throws<InvalidOperationException>(() => integers.CopyFrom([1f, 2f]));
        string message = Assert.Throws<InvalidOperationException>(() => floats.CopyFrom([1, 2])).Message;
        Assert.Equal("Tensor [2]: holds Float32, read as Int32; Tape.From makes floats, FromIntegers integers.", message);
    }

    [Fact]
    public void Nothing_is_recorded_while_recording_is_off()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host, recording: false);
        Tensor x = tape.From([3f], new Shape(1));
        x.RequiresGradient = true;
        Tensor y = Scale(tape, x, 2);
        Assert.Empty(tape.Nodes);
        Assert.False(y.RequiresGradient);
    }

    [Fact]
    public void With_early_release_only_losses_and_the_gradients_of_inputs_outlast_a_backward_pass()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host) { ReleasesEarly = true };
        Tensor x = tape.From([3f], new Shape(1));
        x.RequiresGradient = true;
        Tensor y = Scale(tape, x, 2);
        Tensor loss = Scale(tape, y, 3);
        tape.Backward(loss);
        Assert.Equal([6f], x.Gradient!.ToArray());
        Assert.Equal([18f], loss.ToArray());
        Assert.Null(y.Gradient);
        Assert.Throws<InvalidOperationException>(() => y.ToArray());
        Assert.Empty(tape.Nodes);
    }

    [Fact]
    public void With_early_release_a_chain_needs_little_more_than_its_values()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host) { ReleasesEarly = true };
        Tensor x = tape.From(new float[1024], new Shape(1024));
        x.RequiresGradient = true;
        const int length = 16;
        Tensor y = x;
        for (int i = 0; i < length; i++)
        {
            y = Scale(tape, y, 2);
        }

        y.SetGradient(tape.From(new float[1024], y.Shape));
        tape.Backward();
        Assert.Equal(x.Count * Tensor.ElementSize * (length + 3), tape.Ledger.Peak);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_recomputed_layer_has_the_gradient_of_one_that_is_kept(bool releasesEarly)
    {
        using HostDevice host = new(1);
        using Tape tape = new(host) { ReleasesEarly = releasesEarly, Recomputes = true };
        Tensor x = tape.From([3f], new Shape(1));
        x.RequiresGradient = true;
        int runs = 0;
        Tensor y = tape.Checkpoint(x, input =>
        {
            runs++;
            return Scale(tape, Scale(tape, input, 2), 5);
        });
        Assert.Single(tape.Nodes);
        Tensor loss = Scale(tape, y, 7);
        tape.Backward(loss);
        Assert.Equal([70f], x.Gradient!.ToArray());
        Assert.Equal(2, runs);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(true, 3)]
    [InlineData(true, 0)]
    public void A_loss_in_parts_has_value_and_gradient_of_the_whole(bool releasesEarly, int rows)
    {
        using HostDevice host = new(1);
        using Tape tape = new(host) { ReleasesEarly = releasesEarly, LossScale = 0.5f };
        Tensor x = tape.From([1f, 2f, 3f], new Shape(3, 1));
        x.RequiresGradient = true;
        Tensor y = Scale(tape, x, 6);
        LossTerm[] terms = tape.InParts(y, rows, (part, first) => Mean(tape, part, first));
        Assert.Equal(releasesEarly ? (3 + Math.Max(1, rows) - 1) / Math.Max(1, rows) : 1, terms.Length);
        tape.Backward(terms);
        Assert.Equal(28, LossTerm.Sum(terms), 1e-5);
        AssertGradient(x, 1, 2, 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Other_losses_of_the_same_tensor_add_to_a_gradient_in_parts(bool releasesEarly)
    {
        using HostDevice host = new(1);
        using Tape tape = new(host) { ReleasesEarly = releasesEarly, LossScale = 0.5f };
        Tensor x = tape.From([1f, 2f, 3f], new Shape(3, 1));
        x.RequiresGradient = true;
        Tensor y = Scale(tape, x, 6);
        LossTerm[] first = tape.InParts(y, 2, (part, first) => Mean(tape, part, first));
        LossTerm[] second = tape.InParts(y, 1, (part, first) => Mean(tape, part, first));
        LossTerm weighted = new(Mean(tape, y, 0), 10);
        tape.Backward([.. first, .. second, weighted]);
        AssertGradient(x, 12, 24, 36);
    }

    [Fact]
    public void A_part_whose_loss_ignores_it_has_no_gradient()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host) { ReleasesEarly = true };
        Tensor x = tape.From([1f, 2f, 3f], new Shape(3, 1));
        x.RequiresGradient = true;
        Tensor y = Scale(tape, x, 1);
        tape.Backward(tape.InParts(y, 2, (part, first) => first == 0 ? tape.From([5f], new Shape(1)) : Mean(tape, part, first)));
        AssertGradient(x, 0, 0, 1);
    }

    [Fact]
    public void Parts_take_the_memory_of_one_of_them()
    {
        Assert.InRange(Peak(rows: 8) / (double)Peak(rows: 64), 0.3, 0.4); // x, its gradient and a fraction of six copies

        static long Peak(int rows)
        {
            using HostDevice host = new(1);
            using Tape tape = new(host) { ReleasesEarly = true };
            Tensor x = tape.From(new float[64 * 256], new Shape(64, 256));
            x.RequiresGradient = true;
            tape.Backward(tape.InParts(x, rows, (part, first) =>
            {
                for (int i = 0; i < 6; i++)
                {
                    part = Scale(tape, part, 2);
                }

                return Mean(tape, part, first);
            }));
            return tape.Ledger.Peak;
        }
    }

    [Fact]
    public void A_frozen_part_keeps_nothing_but_its_results()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host) { ReleasesEarly = true };
        Tensor x = tape.From([3f], new Shape(1));
        x.RequiresGradient = true;
        Tensor inner = x;
        Tensor[] results = tape.NoGrad(() =>
        {
            inner = Scale(tape, x, 2);
            return [Scale(tape, inner, 5)];
        });
        Assert.Equal([30f], results[0].ToArray());
        Assert.Throws<InvalidOperationException>(() => inner.ToArray());
        Assert.Empty(tape.Nodes);
    }

    private static Tensor Scale(Tape tape, Tensor x, float factor)
    {
        Tensor y = tape.Rent(x.Shape, "scale");
        y.CopyFrom([.. x.ToArray().Select(v => v * factor)]);
        if (tape.Records(x))
        {
            tape.Record(new ScaleNode(x, y, factor));
        }

        return y;
    }

    /// <summary>The mean over rows of the row's number, from 1, times the sum of its elements.</summary>
    private static Tensor Mean(Tape tape, Tensor x, int first)
    {
        float sum = 0;
        for (int i = 0; i < x.Count; i++)
        {
            sum += (first + i / x.Columns + 1) * x.Span[i];
        }

        Tensor y = tape.From([sum / x.Rows], new Shape(1));
        if (tape.Records(x))
        {
            tape.Record(new MeanNode(x, y, first));
        }

        return y;
    }

    private static void AssertGradient(Tensor x, params float[] expected)
    {
        float[] got = x.Gradient!.ToArray();
        Assert.All(got.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    }

    private sealed class MeanNode(Tensor x, Tensor y, int first) : TapeNode
    {
        public override string Op => "Mean";

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            (Tensor dx, bool accumulate) = tape.TargetFor(x);
            for (int i = 0; i < dx.Count; i++)
            {
                float row = first + i / x.Columns + 1;
                dx.Span[i] = (accumulate ? dx.Span[i] : 0) + row * gradient.Span[0] / x.Rows;
            }
        }
    }

    private sealed class ScaleNode(Tensor x, Tensor y, float factor) : TapeNode
    {
        public override string Op => "Scale";

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient)
        {
            (Tensor dx, bool accumulate) = tape.TargetFor(x);
            for (int i = 0; i < dx.Count; i++)
            {
                dx.Span[i] = (accumulate ? dx.Span[i] : 0) + factor * gradient.Span[i];
            }
        }
    }
}

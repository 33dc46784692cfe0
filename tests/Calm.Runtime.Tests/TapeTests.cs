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
        using HostDevice host = new(1);
        using Tape tape = new(host);
        tape.Rent(new Shape(1000, 1000), "attention");
        tape.Rent(new Shape(10, 1000), "norm");
        var failure = Assert.Throws<OutOfDeviceMemoryException>(
            () => tape.Rent(new Shape(1_000_000, 1_000_000), "logits"));
        Assert.Contains("logits wanted 4000000.0 MB", failure.Message, StringComparison.Ordinal);
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

    [Fact]
    public void Parts_of_a_tensor_make_its_gradient_together()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host) { ReleasesEarly = true };
        Tensor x = tape.From([1f, 2f, 3f], new Shape(3, 1));
        x.RequiresGradient = true;
        Tensor y = Scale(tape, x, 2);
        for (int row = 0; row < 3; row++)
        {
            int mark = tape.Mark;
            Tensor loss = Scale(tape, tape.Part(y, row, 1), 10 * (row + 1));
            tape.BackwardTo(mark, 0.5f, loss);
        }

        tape.Backward();
        Assert.Equal([10f, 20f, 30f], x.Gradient!.ToArray());
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

using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Tests of linear maps beyond their cases: gradients are computed only where needed, and the cost of a step.</summary>
public sealed class LinearTests
{
    [Fact]
    public void Inputs_that_need_no_gradient_get_none()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = Filled(tape, 6, 4);
        Tensor weight = Filled(tape, 5, 4);
        Tensor bias = Filled(tape, 5);
        weight.RequiresGradient = true;
        Tensor y = Linear.Apply(tape, x, weight, bias);
        y.SetGradient(Filled(tape, 6, 5));
        tape.Backward();
        Assert.NotNull(weight.Gradient);
        Assert.Null(x.Gradient);
        Assert.Null(bias.Gradient);
    }

    [Fact]
    public void A_residual_takes_the_gradient_over_without_a_copy()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor residual = Filled(tape, 6, 5);
        residual.RequiresGradient = true;
        Tensor y = Linear.Apply(tape, Filled(tape, 6, 4), Filled(tape, 5, 4), residual: residual);
        Tensor dy = Filled(tape, 6, 5);
        y.SetGradient(dy);
        tape.Backward();
        Assert.Same(dy, residual.Gradient);
    }

    [Fact]
    public void Nothing_is_recorded_where_nothing_needs_a_gradient()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Linear.Apply(tape, Filled(tape, 6, 4), Filled(tape, 5, 4));
        ConditionedLinear.Apply(tape, Filled(tape, 6, 3), Filled(tape, 2, 1), Filled(tape, 5, 4), null, 3);
        Assert.Empty(tape.Nodes);
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_named()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = Filled(tape, 6, 4);
        Tensor weight = Filled(tape, 5, 4);
        Assert.Equal(
            "Linear: weight has 3 columns, expected 4.",
            Assert.Throws<ArgumentException>(() => Linear.Apply(tape, x, Filled(tape, 5, 3))).Message);
        Assert.Equal(
            "Linear: bias has 4 elements, expected 5.",
            Assert.Throws<ArgumentException>(() => Linear.Apply(tape, x, weight, Filled(tape, 4))).Message);
        Assert.Equal(
            "Linear: residual has shape [5, 6], expected [6, 5].",
            Assert.Throws<ArgumentException>(() => Linear.Apply(tape, x, weight, null, Filled(tape, 5, 6))).Message);
        Assert.Equal(
            "ConditionedLinear: rows of x is 6, expected 2 positions of 4 draws.",
            Assert.Throws<ArgumentException>(
                () => ConditionedLinear.Apply(tape, x, Filled(tape, 2, 1), Filled(tape, 5, 5), null, 4)).Message);
    }

    [Fact]
    public void A_step_allocates_nodes_and_tensors_only()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        for (int step = 0; step < 3; step++)
        {
            Step(tape);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Step(tape);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8192);
    }

    private static void Step(Tape tape)
    {
        tape.Reset();
        Tensor x = tape.Rent(new Shape(300, 40), "x");
        Tensor weight = tape.Rent(new Shape(40, 40), "weight");
        Tensor targets = tape.Rent(new Shape(300), "targets", ElementType.Int32);
        x.Clear();
        weight.Clear();
        targets.Clear();
        weight.RequiresGradient = true;
        Tensor y = Linear.Apply(tape, x, weight, residual: x);
        tape.Backward(VocabularyCrossEntropy.Apply(tape, y, weight, targets));
    }

    private static Tensor Filled(Tape tape, params ReadOnlySpan<int> sizes)
    {
        Tensor tensor = tape.Rent(new Shape(sizes), "test");
        tensor.Span.Fill(0.5f);
        return tensor;
    }
}

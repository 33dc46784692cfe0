using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>A training loop written with the ops alone: memory, and parameters that get no gradient.</summary>
public sealed class OptimizerTests
{
    private const int Steps = 40;

    [Fact]
    public void A_loop_that_makes_its_ranges_in_each_step_takes_no_more_memory()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Loop loop = new(host);
        double first = loop.Step(tape, 1);
        loop.Step(tape, 2);
        loop.Step(tape, 3);
        (long rented, long allocated) = (host.Persistent.Ledger.Used, host.AllocatedBytes);
        double last = first;
        for (int step = 4; step <= Steps; step++)
        {
            last = loop.Step(tape, step);
        }

        Assert.Equal(rented, host.Persistent.Ledger.Used);
        Assert.Equal(allocated, host.AllocatedBytes);
        Assert.InRange(last, 0, 0.5 * first);
    }

    [Fact]
    public void A_parameter_without_a_gradient_neither_moves_nor_decays()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Loop loop = new(host);
        float[] before = loop.Unused.Value.ToArray();
        loop.Step(tape, 1);
        Assert.Equal(before, loop.Unused.Value.ToArray());
    }

    [Fact]
    public void Ranges_end_with_their_step()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Loop loop = new(host);
        loop.Step(tape, 1);
        ParameterRanges ranges = ParameterRanges.Of(tape, loop.Parameters);
        tape.Reset();
        Tensor gradients = loop.Parameters.Gradients!;
        Assert.Throws<InvalidOperationException>(() => GradientNorm.Compute(tape, gradients, ranges));
    }

    /// <summary>Fits 40 000 numbers, in two pieces, to a constant.</summary>
    private sealed class Loop
    {
        private static readonly AdamW.Options Options = new();
        private readonly Parameter _fitted;
        private readonly Tensor _firstMoments;
        private readonly Tensor _secondMoments;

        public Loop(Device device)
        {
            Shape shape = new(200, 200);
            _fitted = Parameters.Add("fitted", shape, Initialization.Normal(0.1f));
            Unused = Parameters.Add("unused", shape, Initialization.Normal(0.1f));
            Parameters.Allocate(device, trainable: true);
            Parameters.Initialize(new RandomStream(1, 2, 3));
            _firstMoments = device.Persistent.Rent(Parameters.Values!.Shape, "moments");
            _secondMoments = device.Persistent.Rent(Parameters.Values!.Shape, "moments");
            _firstMoments.Clear();
            _secondMoments.Clear();
        }

        public ParameterSet Parameters { get; } = new();

        public Parameter Unused { get; }

        public double Step(Tape tape, int step)
        {
            tape.Reset();
            Parameters.ForgetGradients();
            float[] target = new float[_fitted.Shape.Count];
            Array.Fill(target, 0.5f);
            Tensor loss = MeanSquaredError.Apply(tape, _fitted.Value, tape.From(target, _fitted.Shape)).Loss;
            tape.Backward(loss);
            ParameterRanges ranges = ParameterRanges.Of(tape, Parameters);
            double norm = GradientNorm.Compute(tape, Parameters.Gradients!, ranges);
            AdamW.Step(
                Parameters.Values!, Parameters.Gradients!, _firstMoments, _secondMoments, ranges, Options, 0.01, step,
                GradientNorm.ClipFactor(norm, 1));
            return loss.ToArray()[0];
        }
    }
}

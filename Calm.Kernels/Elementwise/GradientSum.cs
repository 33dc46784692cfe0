using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Hands a finished gradient on to an input: without a copy if the input has none yet, else by addition.</summary>
internal static unsafe class GradientSum
{
    /// <summary>Gives <paramref name="input"/> the gradient factor * <paramref name="gradient"/>.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="input">Requires a gradient.</param>
    /// <param name="gradient">As many elements as the input. Nobody may read it afterwards.</param>
    /// <param name="factor">A scalar; null for 1.</param>
    public static void Give(Tape tape, Tensor input, Tensor gradient, Tensor? factor = null)
    {
        bool isAdopted = input.TryAdoptGradient(gradient);
        if (isAdopted && IsOne(tape, factor))
        {
            return;
        }

        // With a factor, gradient is something saved: it is read, and written if it is adopted.
        tape.Device.Profiler?.Count(0, isAdopted ? 2.0 * gradient.Count * Tensor.ElementSize : 0);
        GradientTarget target = isAdopted
            ? new GradientTarget(gradient, Accumulate: false)
            : tape.TargetFor(input, reads: factor is not null);
        if (factor is null)
        {
            Map.Into(tape, new Unary<Identity>(), MapOperands.OfAll(gradient), target);
        }
        else
        {
            MapOperands operands = MapOperands.OfAll(gradient) with { B = MapOperand.Scalar(factor) };
            Map.Into(tape, new Binary<Multiply.Function>(), operands, target);
        }
    }

    // A device's factor is not waited for.
    private static bool IsOne(Tape tape, Tensor? factor) => factor is null || (tape.Device is HostDevice && *factor.Pointer == 1);
}

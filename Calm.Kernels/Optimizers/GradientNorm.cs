using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The Euclidean norm over all gradients at once, and the factor that clips it.</summary>
public static partial class GradientNorm
{
    private const string Op = nameof(GradientNorm);

    /// <summary>sqrt of the sum of squares; waits for the device. NaN or infinite if any gradient is.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="gradients">The flat array.</param>
    /// <param name="ranges">The parts of it that count.</param>
    public static double Compute(Tape tape, Tensor gradients, ParameterRanges ranges)
    {
        Check.Device(Op, tape, gradients);
        Tensor slots = tape.Rent(new Shape(ranges.Count), Op);
        tape.Device.Run(new Forward(gradients, ranges, slots));
        double sum = 0;
        foreach (float slot in slots.ToArray())
        {
            sum += slot;
        }

        return Math.Sqrt(sum);
    }

    /// <summary>The factor that scales gradients of a norm down to <paramref name="limit"/>; at most 1.</summary>
    public static double ClipFactor(double norm, double limit) => Math.Min(1, limit / (norm + 1e-6));

    internal static double Reference(double[] gradients) => Math.Sqrt(gradients.Sum(g => g * g));

    private readonly partial struct Forward(Tensor gradients, ParameterRanges ranges, Tensor slots) : IDeviceWork;
}

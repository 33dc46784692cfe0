using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The Euclidean norm over all gradients at once, and the factor that clips it.</summary>
public static unsafe partial class GradientNorm
{
    private const string Op = nameof(GradientNorm);

    /// <summary>sqrt of the sum of squares; waits for the device. NaN or infinite if any gradient is.</summary>
    /// <param name="tape">Whose step memory holds the partial sums.</param>
    /// <param name="gradients">The flat array.</param>
    /// <param name="ranges">Which parts of it count.</param>
    public static double Compute(Tape tape, Tensor gradients, ParameterRanges ranges)
    {
        Check.Device(Op, tape, gradients);
        Tensor slots = tape.Rent(new Shape(ranges.Count), Op);
        if (tape.Device is HostDevice host)
        {
            host.Team.Run(ranges.Count, new Job(ranges.Table.IntegerPointer, gradients.Pointer, slots.Pointer));
        }
        else
        {
            bool done = false;
            ComputeOnDevice(gradients, ranges, slots, ref done);
            Check.Done(Op, tape.Device, done);
        }

        double sum = 0;
        foreach (float slot in slots.ToArray())
        {
            sum += slot;
        }

        return Math.Sqrt(sum);
    }

    /// <summary>What gradients of this norm are multiplied with so that it is at most <paramref name="limit"/>.</summary>
    public static double ClipFactor(double norm, double limit) => Math.Min(1, limit / (norm + 1e-6));

    internal static double Reference(double[] gradients) => Math.Sqrt(gradients.Sum(g => g * g));

    private readonly struct Job(int* table, float* gradients, float* slots) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            (int start, int count, _) = ParameterRanges.Read(table, chunk);
            slots[chunk] = RowMath.Dot<TLanes>(gradients + start, gradients + start, count);
        }
    }

    static partial void ComputeOnDevice(Tensor gradients, ParameterRanges ranges, Tensor slots, ref bool done);
}

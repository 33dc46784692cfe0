using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// An exponential moving average in place, a += (1 - decay) (x - a). In this form numbers that stay the same are their own
/// average, to the bit. Source: Polyak and Juditsky 1992, "Acceleration of stochastic approximation by averaging", with
/// exponential weights.
/// </summary>
public static class MovingAverage
{
    private const string Op = nameof(MovingAverage);

    /// <summary>Takes one more value into the average.</summary>
    /// <param name="tape">The tape of this step.</param>
    /// <param name="average">a, in and out, in any shape.</param>
    /// <param name="values">x, in the shape of <paramref name="average"/>.</param>
    /// <param name="decay">The share of the average that stays, from 0 to 1.</param>
    /// <exception cref="ArgumentException">The shapes differ, or the decay is out of range.</exception>
    public static void Step(Tape tape, Tensor average, Tensor values, double decay)
    {
        Check.Shape(Op, nameof(values), values, average.Shape);
        if (decay is not (>= 0 and <= 1))
        {
            throw new ArgumentException($"{Op}: decay is {decay}, expected 0 to 1.");
        }

        MapOperands operands = MapOperands.Of(Op, tape, average, values);
        tape.Device.Profiler?.Count(0, (double)average.Count * Tensor.ElementSize); // what it writes
        Binary<Function> formula = new(new Function((float)(1 - decay)));
        Map.Into(tape, formula, operands, new GradientTarget(average, Accumulate: false));
    }

    /// <summary>The definition, in double.</summary>
    internal static double[] Reference(double[] average, double[] values, double decay) =>
        [.. average.Zip(values, (a, x) => decay * a + (1 - decay) * x)];

    internal readonly struct Function(float rate) : IBinaryFunction
    {
        public static DerivativeReads DerivativeReads => DerivativeReads.None;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Value<TLanes>(TLanes a, TLanes b) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.MultiplyAdd(TLanes.Broadcast(rate), b - a, a);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes DerivativeA<TLanes>(TLanes a, TLanes b, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.Broadcast(1 - rate);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes DerivativeB<TLanes>(TLanes a, TLanes b, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.Broadcast(rate);
    }
}

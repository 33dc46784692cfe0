using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The logistic function, y = 1 / (1 + e^-x).</summary>
public static class Sigmoid
{
    /// <summary>Applies it to every element.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    public static Tensor Apply(Tape tape, Tensor x) => Map.Apply(nameof(Sigmoid), tape, x, new Function());

    internal readonly struct Function : IUnaryFunction
    {
        public static DerivativeReads DerivativeReads => DerivativeReads.Output;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes> =>
            LaneMath.Sigmoid(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Derivative<TLanes>(TLanes x, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes> =>
            y * (TLanes.Broadcast(1) - y);
    }
}

using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A product with a number, y = factor * x.</summary>
public static class Scale
{
    /// <summary>Multiplies every element.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="factor">The number.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    public static Tensor Apply(Tape tape, Tensor x, float factor) => Map.Apply(nameof(Scale), tape, x, new Function(factor));

    internal readonly struct Function(float factor) : IUnaryFunction
    {
        public static DerivativeReads DerivativeReads => DerivativeReads.None;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.Broadcast(factor) * x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Derivative<TLanes>(TLanes x, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.Broadcast(factor);
    }
}

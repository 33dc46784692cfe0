using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The hyperbolic tangent, y = tanh(x).</summary>
public static class Tanh
{
    /// <summary>Applies it to every element.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    public static Tensor Apply(Tape tape, Tensor x) => Map.Apply(nameof(Tanh), tape, x, new Function());

    internal readonly struct Function : IUnaryFunction
    {
        public static DerivativeReads DerivativeReads => DerivativeReads.Output;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes> =>
            LaneMath.Tanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Derivative<TLanes>(TLanes x, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.Broadcast(1) - y * y;
    }
}

using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The sigmoid linear unit, y = x / (1 + e^-x). Source: Elfwing, Uchibe and Doya 2017, arXiv:1702.03118, equation 3.
/// </summary>
public static class Silu
{
    /// <summary>Applies it to every element.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    public static Tensor Apply(Tape tape, Tensor x) => Map.Apply(nameof(Silu), tape, x, new Function());

    /// <summary>The formulas, shared with <see cref="SwiGlu"/>.</summary>
    internal readonly struct Function : IUnaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes> => x * LaneMath.Sigmoid(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Derivative<TLanes>(TLanes x, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>
        {
            TLanes s = LaneMath.Sigmoid(x);
            return TLanes.MultiplyAdd(x * s, TLanes.Broadcast(1f) - s, s);
        }
    }
}

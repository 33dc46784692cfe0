using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The rectified linear unit, y = max(x, 0). A NaN stays NaN.</summary>
public static class Relu
{
    /// <summary>Applies it to every element.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    public static Tensor Apply(Tape tape, Tensor x) => Map.Apply(nameof(Relu), tape, x, new Function());

    internal readonly struct Function : IUnaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.Max(TLanes.Broadcast(0), x); // a NaN on the right comes out

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Derivative<TLanes>(TLanes x, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>
        {
            TLanes zero = TLanes.Broadcast(0);
            TLanes isOff = TLanes.Or(TLanes.GreaterThan(zero, x), TLanes.Equal(x, zero));
            return TLanes.Select(isOff, zero, TLanes.Broadcast(1)); // 1 for a NaN, as in PyTorch
        }
    }
}

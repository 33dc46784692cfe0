using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Difference, y = a - b.</summary>
public static class Subtract
{
    /// <summary>Subtracts element by element.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="a">Any shape.</param>
    /// <param name="b">In the shape of <paramref name="a"/>, or broadcast: a row [C], a column [R, 1] or one element.</param>
    /// <returns>y, in the shape of <paramref name="a"/>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor a, Tensor b) => Map.Apply(nameof(Subtract), tape, a, b, new Function());

    internal readonly struct Function : IBinaryFunction
    {
        public static DerivativeReads DerivativeReads => DerivativeReads.None;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Value<TLanes>(TLanes a, TLanes b) where TLanes : unmanaged, IArithmetic<TLanes> => a - b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes DerivativeA<TLanes>(TLanes a, TLanes b, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.Broadcast(1);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes DerivativeB<TLanes>(TLanes a, TLanes b, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes> =>
            TLanes.Broadcast(-1);
    }
}

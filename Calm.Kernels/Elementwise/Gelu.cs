using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The Gaussian error linear unit in its exact form, y = x (1 + erf(x / sqrt(2))) / 2: PyTorch's default. Source: Hendrycks and
/// Gimpel 2016, arXiv:1606.08415, section 2.
/// </summary>
public static partial class Gelu
{
    /// <summary>Applies it to every element.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    public static Tensor Apply(Tape tape, Tensor x) => Map.Apply(nameof(Gelu), tape, x, new Function());

    internal readonly struct Function : IUnaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes> =>
            x * Cdf(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Derivative<TLanes>(TLanes x, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>
        {
            TLanes density = TLanes.Broadcast(0.39894228f) * LaneMath.Exp(x * x * TLanes.Broadcast(-0.5f)); // 1 / sqrt(2 pi)
            return TLanes.MultiplyAdd(x, density, Cdf(x));
        }

        /// <summary>The normal distribution function.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TLanes Cdf<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes>
        {
            TLanes half = TLanes.Broadcast(0.5f);
            return TLanes.MultiplyAdd(LaneMath.Erf(x * TLanes.Broadcast(0.70710678f)), half, half);
        }
    }
}

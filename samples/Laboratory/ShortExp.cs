using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Laboratory;

/// <summary>e^x for x up to 0, in 11 operations instead of 15, for host and kernels.</summary>
/// <remarks>
/// e^x = 2^t with t = x log2 e, split into an integer and f in [-1/2, 1/2]. The error of t grows with |x|, to 1 ulp of t, but
/// a softmax has large |x| where e^x is small beside its row. LaneMath.Exp splits log2 e in two and so is exact to 1 ulp
/// everywhere, and it also bounds x above.
/// </remarks>
internal static class ShortExp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of<T>(T x) where T : unmanaged, IArithmetic<T>
    {
        // 2^-151 is less than half of the least subnormal number, so that it becomes 0. A NaN on the right comes out.
        T t = T.Max(T.Broadcast(-151), x * T.Broadcast(1.44269504f));
        T n = T.Round(t);
        T f = t - n;

        // 2^f by interpolation at the Chebyshev nodes of [-1/2, 1/2]: relative error 1.0e-7.
        T p = T.MultiplyAdd(T.Broadcast(1.3390863e-3f), f, T.Broadcast(9.6760319e-3f));
        p = T.MultiplyAdd(p, f, T.Broadcast(5.5503571e-2f));
        p = T.MultiplyAdd(p, f, T.Broadcast(2.4022107e-1f));
        p = T.MultiplyAdd(p, f, T.Broadcast(6.9314719e-1f));
        p = T.MultiplyAdd(p, f, T.Broadcast(1));
        return T.ScaleByPowerOfTwo(p, n);
    }
}

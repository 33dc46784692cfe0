using System.Runtime.CompilerServices;

namespace Calm.Runtime;

/// <summary>
/// Exponential, logarithm, sigmoid, tanh and erf on <see cref="IArithmetic{TSelf}"/>: the same operations on host and devices.
/// Errors are measured over every binade by LaneMathTests; 0.98 ulp (exp) and 0.84 ulp (log) were the greatest seen with
/// fused multiply-add.
/// </summary>
public static class LaneMath
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // ln 2 in two parts (Cody and Waite 1980): the first has trailing zeros, so that n * Ln2High is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>
    /// e^x. Overflows to infinity above 88.73, goes through the subnormal numbers to zero below -87.3; NaN stays NaN.
    /// </summary>
    [MethodImpl(Inline)]
    public static TLanes Exp<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes>
    {
        x = TLanes.Min(TLanes.Broadcast(89f), TLanes.Max(TLanes.Broadcast(-104f), x));
        TLanes n = TLanes.Round(x * TLanes.Broadcast(1.44269504f));
        TLanes r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-Ln2High), x);
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-Ln2Low), r);

        // Minimax polynomial of (e^r - 1 - r) / r^2 on [-ln2/2, ln2/2], as in Cephes' expf.
        TLanes p = TLanes.MultiplyAdd(TLanes.Broadcast(1.9875691500e-4f), r, TLanes.Broadcast(1.3981999507e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(8.3334519073e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(4.1665795894e-2f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.6666665459e-1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(5.0000001201e-1f));
        p = TLanes.MultiplyAdd(p * r, r, r) + TLanes.Broadcast(1f);
        return TLanes.ScaleByPowerOfTwo(p, n);
    }

    /// <summary>
    /// Natural logarithm, subnormal numbers included. log 0 is -infinity, log of a negative number or of NaN is NaN,
    /// log of infinity is infinity.
    /// </summary>
    [MethodImpl(Inline)]
    public static TLanes Log<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes>
    {
        TLanes one = TLanes.Broadcast(1f);
        TLanes smallestNormal = TLanes.Broadcast(1.17549435e-38f);
        TLanes isSubnormal = TLanes.GreaterThan(smallestNormal, x);
        TLanes normal = TLanes.Select(isSubnormal, x * TLanes.Broadcast(8388608f), x); // 2^23

        // x = m * 2^e with m in [sqrt(1/2), sqrt(2)): subtracting the bits of sqrt(1/2) puts e into the exponent field.
        TLanes offset = TLanes.SubtractBits(normal, TLanes.BroadcastBits(0x3f3504f3));
        TLanes e = TLanes.IntegerToFloat(
            TLanes.SubtractBits(
                TLanes.ShiftRight(TLanes.AddBits(offset, TLanes.BroadcastBits(127u << 23)), 23),
                TLanes.BroadcastBits(127)));
        TLanes m = TLanes.AddBits(
            TLanes.And(offset, TLanes.BroadcastBits(0x007fffff)), TLanes.BroadcastBits(0x3f3504f3));
        e -= TLanes.Select(isSubnormal, TLanes.Broadcast(23f), TLanes.Broadcast(0f));

        // Minimax polynomial of (log(1 + f) - f + f^2/2) / f^3, as in Cephes' logf.
        TLanes f = m - one;
        TLanes square = f * f;
        TLanes p = TLanes.MultiplyAdd(TLanes.Broadcast(7.0376836292e-2f), f, TLanes.Broadcast(-1.1514610310e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(1.1676998740e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(-1.2420140846e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(1.4249322787e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(-1.6668057665e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(2.0000714765e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(-2.4999993993e-1f));
        p = TLanes.MultiplyAdd(p, f, TLanes.Broadcast(3.3333331174e-1f));
        p = p * f * square;
        p = TLanes.MultiplyAdd(e, TLanes.Broadcast(Ln2Low), p);
        p = TLanes.MultiplyAdd(square, TLanes.Broadcast(-0.5f), p);
        TLanes result = TLanes.MultiplyAdd(e, TLanes.Broadcast(Ln2High), f + p);

        TLanes zero = TLanes.Broadcast(0f);
        TLanes isFinitePositive = TLanes.And(
            TLanes.GreaterThan(x, zero), TLanes.GreaterThan(TLanes.Broadcast(float.PositiveInfinity), x));
        TLanes special = TLanes.Select(
            TLanes.Equal(x, zero),
            TLanes.Broadcast(float.NegativeInfinity),
            TLanes.Select(TLanes.GreaterThan(x, zero), x, TLanes.Broadcast(float.NaN)));
        return TLanes.Select(isFinitePositive, result, special);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(Inline)]
    public static TLanes Sigmoid<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes>
    {
        TLanes one = TLanes.Broadcast(1f);
        return one / (one + Exp(TLanes.Broadcast(0f) - x));
    }

    /// <summary>
    /// (e^x - e^-x) / (e^x + e^-x): a polynomial near zero, as in Cephes' tanhf, elsewhere 1 - 2 / (e^2|x| + 1) with x's sign.
    /// </summary>
    [MethodImpl(Inline)]
    public static TLanes Tanh<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes>
    {
        TLanes one = TLanes.Broadcast(1f);
        TLanes sign = TLanes.And(x, TLanes.BroadcastBits(0x80000000));
        TLanes magnitude = TLanes.Xor(x, sign);
        TLanes square = x * x;
        TLanes p = TLanes.MultiplyAdd(TLanes.Broadcast(-5.70498872745e-3f), square, TLanes.Broadcast(2.06390887954e-2f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(-5.37397155531e-2f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(1.33314422036e-1f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(-3.33332819422e-1f));
        TLanes near = TLanes.MultiplyAdd(p * square, x, x);
        TLanes far = one - TLanes.Broadcast(2f) / (Exp(magnitude + magnitude) + one);
        return TLanes.Select(TLanes.GreaterThan(magnitude, TLanes.Broadcast(0.625f)), TLanes.Or(far, sign), near);
    }

    /// <summary>
    /// The error function, 2 / sqrt(pi) times the integral of e^-t^2 from 0 to x: a polynomial near zero, elsewhere 1 - e^p
    /// with x's sign. Coefficients: N. Juffa's erff.
    /// </summary>
    [MethodImpl(Inline)]
    public static TLanes Erf<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes>
    {
        TLanes sign = TLanes.And(x, TLanes.BroadcastBits(0x80000000));
        TLanes magnitude = TLanes.Xor(x, sign);
        TLanes square = x * x;
        TLanes high = TLanes.MultiplyAdd(TLanes.Broadcast(-1.72853470e-5f), magnitude, TLanes.Broadcast(3.83197126e-4f));
        TLanes low = TLanes.MultiplyAdd(TLanes.Broadcast(-3.88396438e-3f), magnitude, TLanes.Broadcast(2.42546219e-2f));
        TLanes p = TLanes.MultiplyAdd(high, square, low);
        p = TLanes.MultiplyAdd(p, magnitude, TLanes.Broadcast(-1.06777877e-1f));
        p = TLanes.MultiplyAdd(p, magnitude, TLanes.Broadcast(-6.34846687e-1f));
        p = TLanes.MultiplyAdd(p, magnitude, TLanes.Broadcast(-1.28717512e-1f));
        TLanes far = TLanes.Broadcast(1f) - Exp(TLanes.MultiplyAdd(p, magnitude, TLanes.Broadcast(0f) - magnitude));
        TLanes q = TLanes.MultiplyAdd(TLanes.Broadcast(-5.96761703e-4f), square, TLanes.Broadcast(4.99119423e-3f));
        q = TLanes.MultiplyAdd(q, square, TLanes.Broadcast(-2.67681349e-2f));
        q = TLanes.MultiplyAdd(q, square, TLanes.Broadcast(1.12819925e-1f));
        q = TLanes.MultiplyAdd(q, square, TLanes.Broadcast(-3.76125336e-1f));
        q = TLanes.MultiplyAdd(q, square, TLanes.Broadcast(1.28379166e-1f));
        TLanes near = TLanes.MultiplyAdd(q, x, x);
        return TLanes.Select(TLanes.GreaterThan(magnitude, TLanes.Broadcast(0.927734375f)), TLanes.Or(far, sign), near);
    }
}

using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Passes over one row of logits. With m the greatest logit and s the sum of exp(x - m): logSumExp = m + log s and
/// softmax = exp(x - m) / s. The two are kept apart, since m + log s would lose the digits of log s where m is large.
/// </summary>
internal static unsafe class SoftmaxRow
{
    /// <summary>The greatest element; a NaN is passed over. -infinity for an empty row.</summary>
    public static float Max<TLanes>(float* x, int count) where TLanes : unmanaged, ILanes<TLanes>
    {
        int whole = RowMath.WholeRegisters<TLanes>(count);
        float max = Max<TLanes>(x, 0, whole, float.NegativeInfinity);
        return Max<Lanes1>(x, whole, count, max);
    }

    /// <summary>Sum of exp(x - max).</summary>
    /// <param name="x">The row.</param>
    /// <param name="max">Its greatest element.</param>
    /// <param name="count">Number of elements.</param>
    /// <param name="powers">Out, the terms of the sum; x itself, or null for nowhere.</param>
    public static float SumExp<TLanes>(float* x, float max, int count, float* powers = null)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int whole = RowMath.WholeRegisters<TLanes>(count);
        return Exp<TLanes>(x, max, powers, 0, whole) + Exp<Lanes1>(x, max, powers, whole, count);
    }

    /// <summary>x *= factor.</summary>
    public static void Scale<TLanes>(float* x, float factor, int count) where TLanes : unmanaged, ILanes<TLanes>
    {
        int whole = RowMath.WholeRegisters<TLanes>(count);
        Scale<TLanes>(x, factor, 0, whole);
        Scale<Lanes1>(x, factor, whole, count);
    }

    /// <summary>log s.</summary>
    public static float Log(float sum) => Lanes1.Sum(LaneMath.Log(Lanes1.Broadcast(sum)));

    // Four running registers hide the latency of a comparison and a choice.
    private static float Max<TLanes>(float* x, int start, int end, float atLeast)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes m0 = TLanes.Broadcast(atLeast), m1 = m0, m2 = m0, m3 = m0;
        int c = start;
        for (; c <= end - 4 * TLanes.Count; c += 4 * TLanes.Count)
        {
            m0 = Greater(TLanes.Load(x + c), m0);
            m1 = Greater(TLanes.Load(x + c + TLanes.Count), m1);
            m2 = Greater(TLanes.Load(x + c + 2 * TLanes.Count), m2);
            m3 = Greater(TLanes.Load(x + c + 3 * TLanes.Count), m3);
        }

        for (; c < end; c += TLanes.Count)
        {
            m0 = Greater(TLanes.Load(x + c), m0);
        }

        return TLanes.MaxElement(Greater(Greater(m0, m1), Greater(m2, m3)));
    }

    // Not Max: what it makes of a NaN differs between machines.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Greater<TLanes>(TLanes value, TLanes max) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.GreaterThan(value, max), value, max);

    private static float Exp<TLanes>(float* x, float max, float* target, int start, int end)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes shift = TLanes.Broadcast(max);
        TLanes sum = TLanes.Broadcast(0);
        for (int c = start; c < end; c += TLanes.Count)
        {
            TLanes power = LaneMath.Exp(TLanes.Load(x + c) - shift);
            sum += power;
            if (target is not null)
            {
                power.Store(target + c);
            }
        }

        return TLanes.Sum(sum);
    }

    private static void Scale<TLanes>(float* x, float factor, int start, int end)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes scale = TLanes.Broadcast(factor);
        for (int c = start; c < end; c += TLanes.Count)
        {
            (TLanes.Load(x + c) * scale).Store(x + c);
        }
    }
}

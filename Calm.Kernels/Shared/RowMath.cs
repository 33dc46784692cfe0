using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Reductions over one row. Four running registers hide the latency of addition; they are added pairwise and the tail
/// last, so that a width always adds in the same order.
/// </summary>
internal static unsafe class RowMath
{
    /// <summary>The part of a row that whole registers cover.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WholeRegisters<TLanes>(int count) where TLanes : unmanaged, ILanes<TLanes> =>
        count & -TLanes.Count;

    /// <summary>Sum of x.</summary>
    public static float Sum<TLanes>(float* x, int count) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes s0 = TLanes.Broadcast(0), s1 = s0, s2 = s0, s3 = s0;
        int i = 0;
        for (; i <= count - 4 * TLanes.Count; i += 4 * TLanes.Count)
        {
            s0 += TLanes.Load(x + i);
            s1 += TLanes.Load(x + i + TLanes.Count);
            s2 += TLanes.Load(x + i + 2 * TLanes.Count);
            s3 += TLanes.Load(x + i + 3 * TLanes.Count);
        }

        for (; i <= count - TLanes.Count; i += TLanes.Count)
        {
            s0 += TLanes.Load(x + i);
        }

        float sum = TLanes.Sum((s0 + s1) + (s2 + s3));
        for (; i < count; i++)
        {
            sum += x[i];
        }

        return sum;
    }

    /// <summary>Sum of x * y.</summary>
    public static float Dot<TLanes>(float* x, float* y, int count) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes s0 = TLanes.Broadcast(0), s1 = s0, s2 = s0, s3 = s0;
        int i = 0;
        for (; i <= count - 4 * TLanes.Count; i += 4 * TLanes.Count)
        {
            s0 = TLanes.MultiplyAdd(TLanes.Load(x + i), TLanes.Load(y + i), s0);
            s1 = TLanes.MultiplyAdd(TLanes.Load(x + i + TLanes.Count), TLanes.Load(y + i + TLanes.Count), s1);
            s2 = TLanes.MultiplyAdd(TLanes.Load(x + i + 2 * TLanes.Count), TLanes.Load(y + i + 2 * TLanes.Count), s2);
            s3 = TLanes.MultiplyAdd(TLanes.Load(x + i + 3 * TLanes.Count), TLanes.Load(y + i + 3 * TLanes.Count), s3);
        }

        for (; i <= count - TLanes.Count; i += TLanes.Count)
        {
            s0 = TLanes.MultiplyAdd(TLanes.Load(x + i), TLanes.Load(y + i), s0);
        }

        float sum = TLanes.Sum((s0 + s1) + (s2 + s3));
        for (; i < count; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <summary>Sum of (x - mean)^2.</summary>
    public static float SumOfSquaredDeviations<TLanes>(float* x, float mean, int count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes center = TLanes.Broadcast(mean);
        TLanes s0 = TLanes.Broadcast(0), s1 = s0;
        int i = 0;
        for (; i <= count - 2 * TLanes.Count; i += 2 * TLanes.Count)
        {
            TLanes d0 = TLanes.Load(x + i) - center;
            TLanes d1 = TLanes.Load(x + i + TLanes.Count) - center;
            s0 = TLanes.MultiplyAdd(d0, d0, s0);
            s1 = TLanes.MultiplyAdd(d1, d1, s1);
        }

        for (; i <= count - TLanes.Count; i += TLanes.Count)
        {
            TLanes d = TLanes.Load(x + i) - center;
            s0 = TLanes.MultiplyAdd(d, d, s0);
        }

        float sum = TLanes.Sum(s0 + s1);
        for (; i < count; i++)
        {
            sum += (x[i] - mean) * (x[i] - mean);
        }

        return sum;
    }
}

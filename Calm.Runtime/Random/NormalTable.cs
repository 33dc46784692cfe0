using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>
/// Standard normal numbers from 32 random bits, with the same bits on every device: the inverse of the distribution
/// function as 257 cubic polynomials.
/// </summary>
/// <remarks>
/// The top bit is the sign; the others, m, stand for the upper tail probability q = (m + 1/2) * 2^-32, at most 1/2.
/// f = float(m) + 1/2 is rounded once by each of two exact IEEE operations; its exponent and top three mantissa bits
/// choose the polynomial, its other 20 bits are the argument t in [0, 1). Three fused multiply-adds follow. Nothing here
/// may be contracted, reordered or approximated differently by a compiler. The largest magnitude is 6.34.
/// The table is computed at start by double additions, multiplications, divisions and square roots alone, which IEEE 754
/// rounds alike everywhere, so that it is the same everywhere too.
/// </remarks>
public static unsafe class NormalTable
{
    /// <summary>Number of polynomials: eight an octave of q, and one for f = 2^31.</summary>
    public const int Segments = 32 * 8 + 1;

    /// <summary>Coefficients of one polynomial, constant first.</summary>
    public const int Coefficients = 4;

    // Bits of 1/2, the least f; one segment is 2^20 steps of the float.
    private const uint LeastBits = 0x3f000000;
    private const int ArgumentBits = 20;
    private const uint ArgumentMask = (1u << ArgumentBits) - 1;
    private const uint SignBit = 1u << 31;

    private static readonly float* Table = Build();

    /// <summary>The coefficients, [<see cref="Segments"/>, <see cref="Coefficients"/>], for devices to copy.</summary>
    public static ReadOnlySpan<float> Values => new(Table, Segments * Coefficients);

    /// <summary>The normal numbers that belong to random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Evaluate<TLanes>(TLanes bits) where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes segment = Segment(bits, out TLanes t);
        TLanes.GatherQuads(
            Table, TLanes.ShiftLeft(segment, 2), out TLanes p0, out TLanes p1, out TLanes p2, out TLanes p3);
        return Evaluate(bits, t, p0, p1, p2, p3);
    }

    /// <summary>The number of the polynomial that random bits choose, and its argument.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Segment<TLanes>(TLanes bits, out TLanes t) where TLanes : unmanaged, IArithmetic<TLanes>
    {
        TLanes m = TLanes.And(bits, TLanes.BroadcastBits(~SignBit));
        TLanes f = TLanes.IntegerToFloat(m) + TLanes.Broadcast(0.5f);
        t = TLanes.IntegerToFloat(TLanes.And(f, TLanes.BroadcastBits(ArgumentMask)))
            * TLanes.Broadcast(1f / (1 << ArgumentBits));
        return TLanes.ShiftRight(TLanes.SubtractBits(f, TLanes.BroadcastBits(LeastBits)), ArgumentBits);
    }

    /// <summary>The polynomial, with the sign of the random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Evaluate<TLanes>(TLanes bits, TLanes t, TLanes p0, TLanes p1, TLanes p2, TLanes p3)
        where TLanes : unmanaged, IArithmetic<TLanes>
    {
        TLanes x = TLanes.FusedMultiplyAdd(p3, t, p2);
        x = TLanes.FusedMultiplyAdd(x, t, p1);
        x = TLanes.FusedMultiplyAdd(x, t, p0);
        return TLanes.Or(x, TLanes.And(bits, TLanes.BroadcastBits(SignBit)));
    }

    private static float* Build()
    {
        float* table = (float*)NativeMemory.AlignedAlloc(Segments * Coefficients * sizeof(float), 64);
        double x = 0;
        for (int segment = Segments - 2; segment >= 0; segment--)
        {
            float left = BitConverter.UInt32BitsToSingle(LeastBits + ((uint)segment << ArgumentBits));
            float right = BitConverter.UInt32BitsToSingle(LeastBits + ((uint)(segment + 1) << ArgumentBits));
            Fit(left, right, ref x, table + segment * Coefficients);
        }

        // f = 2^31 is q = 1/2: zero.
        new Span<float>(table + (Segments - 1) * Coefficients, Coefficients).Clear();
        return table;
    }

    /// <summary>
    /// The cubic through the segment's four Chebyshev points, as coefficients of t. <paramref name="x"/> is the quantile
    /// of the last point, from which the next search starts: they ascend as f descends.
    /// </summary>
    private static void Fit(double left, double right, ref double x, float* coefficients)
    {
        // (1 - cos((2 i + 1) pi / 8)) / 2
        ReadOnlySpan<double> nodes = [0.0380602337443566, 0.3086582838174551, 0.6913417161825449, 0.9619397662556434];
        Span<double> divided = stackalloc double[4];
        for (int i = 3; i >= 0; i--)
        {
            double f = left + (right - left) * nodes[i];
            x = NormalQuantile.UpperTail(f / 4294967296.0, x);
            divided[i] = x;
        }

        for (int order = 1; order < 4; order++)
        {
            for (int i = 3; i >= order; i--)
            {
                divided[i] = (divided[i] - divided[i - 1]) / (nodes[i] - nodes[i - order]);
            }
        }

        // Newton's form to powers of t.
        Span<double> power = [divided[3], 0, 0, 0];
        for (int i = 2; i >= 0; i--)
        {
            for (int k = 3; k >= 1; k--)
            {
                power[k] = power[k - 1] - nodes[i] * power[k];
            }

            power[0] = divided[i] - nodes[i] * power[0];
        }

        for (int k = 0; k < 4; k++)
        {
            coefficients[k] = (float)power[k];
        }
    }
}

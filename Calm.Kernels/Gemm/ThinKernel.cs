using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The innermost loop of a product with few rows and a B that is stored by columns: lanes hold rows of A, and columns of
/// B are read along their length where they lie. Each element adds its products in the same order as in
/// <see cref="MicroKernel"/>.
/// </summary>
internal static unsafe class ThinKernel
{
    /// <summary>Columns of a full tile.</summary>
    public const int Columns = 8;

    /// <summary>The widest register that pays: broadcasts into wider ones take as long as their products.</summary>
    public const int MostLanes = 8;

    /// <summary>Rows of A in a panel.</summary>
    public static int Lanes<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => Math.Min(MostLanes, TLanes.Count);

    /// <summary>sums[column, lane] (+)= B's columns times a panel of A's rows.</summary>
    /// <param name="columns">Number of columns to compute, at most <see cref="Columns"/>.</param>
    /// <param name="depth">Products in each sum.</param>
    /// <param name="a">A's panel: one register for each step of depth.</param>
    /// <param name="b">First element of the first column.</param>
    /// <param name="bStride">Distance between columns.</param>
    /// <param name="sums">One register for each column.</param>
    /// <param name="accumulate">Whether to add to the sums.</param>
    public static void Run<TLanes>(
        int columns, int depth, float* a, float* b, long bStride, float* sums, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (columns == Columns)
        {
            Tile8<TLanes>(depth, a, b, bStride, sums, accumulate);
            return;
        }

        for (int column = 0; column < columns; column++)
        {
            Tile1<TLanes>(depth, a, b + column * bStride, sums + column * TLanes.Count, accumulate);
        }
    }

    [SkipLocalsInit]
    private static void Tile8<TLanes>(int depth, float* a, float* b, long bStride, float* sums, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes s0 = TLanes.Broadcast(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        float* b4 = b + 4 * bStride;
        for (int k = 0; k < depth; k++)
        {
            TLanes x = TLanes.Load(a);
            TLanes.AddProduct(ref s0, x, TLanes.Broadcast(b[0]));
            TLanes.AddProduct(ref s1, x, TLanes.Broadcast(b[bStride]));
            TLanes.AddProduct(ref s2, x, TLanes.Broadcast(b[2 * bStride]));
            TLanes.AddProduct(ref s3, x, TLanes.Broadcast(b[3 * bStride]));
            TLanes.AddProduct(ref s4, x, TLanes.Broadcast(b4[0]));
            TLanes.AddProduct(ref s5, x, TLanes.Broadcast(b4[bStride]));
            TLanes.AddProduct(ref s6, x, TLanes.Broadcast(b4[2 * bStride]));
            TLanes.AddProduct(ref s7, x, TLanes.Broadcast(b4[3 * bStride]));
            a += TLanes.Count;
            b++;
            b4++;
        }

        Write(sums, s0, accumulate);
        Write(sums + TLanes.Count, s1, accumulate);
        Write(sums + 2 * TLanes.Count, s2, accumulate);
        Write(sums + 3 * TLanes.Count, s3, accumulate);
        Write(sums + 4 * TLanes.Count, s4, accumulate);
        Write(sums + 5 * TLanes.Count, s5, accumulate);
        Write(sums + 6 * TLanes.Count, s6, accumulate);
        Write(sums + 7 * TLanes.Count, s7, accumulate);
    }

    [SkipLocalsInit]
    private static void Tile1<TLanes>(int depth, float* a, float* b, float* sums, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes sum = TLanes.Broadcast(0);
        for (int k = 0; k < depth; k++)
        {
            sum = TLanes.MultiplyAdd(TLanes.Load(a), TLanes.Broadcast(b[k]), sum);
            a += TLanes.Count;
        }

        Write(sums, sum, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<TLanes>(float* sums, TLanes sum, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (accumulate)
        {
            sum += TLanes.Load(sums);
        }

        sum.Store(sums);
    }
}

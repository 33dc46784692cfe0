using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The innermost loop of a matrix product: a tile of C that stays in registers over the whole depth. Each element adds
/// its products in the order of depth, whatever the tile, so that results do not depend on how C is cut.
/// </summary>
/// <remarks>
/// Twelve rows of two registers fill AVX-512's 32 registers: 24 sums, two of B, one of A. Machines with 16 registers
/// take four rows. Versions tried: README.md of this folder. The five tiles differ in their number of rows only.
/// </remarks>
internal static unsafe class MicroKernel
{
    /// <summary>Registers side by side in a tile.</summary>
    public const int Registers = 2;

    /// <summary>Rows of a full tile, and of a packed panel of A.</summary>
    public static int Rows<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => TLanes.Count == 16 ? 12 : 4;

    /// <summary>Columns of a tile, and of a packed panel of B.</summary>
    public static int Columns<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => Registers * TLanes.Count;

    /// <summary>C[rows, Columns] (+)= A B for packed panels.</summary>
    /// <param name="rows">Rows of C to compute, at most <see cref="Rows{TLanes}"/>.</param>
    /// <param name="depth">Products in each sum.</param>
    /// <param name="a">A's panel: <paramref name="aStride"/> floats for each step of depth.</param>
    /// <param name="aStride">Distance between the steps of depth in A.</param>
    /// <param name="b">B's panel.</param>
    /// <param name="bStride">Distance between the steps of depth in B.</param>
    /// <param name="c">First element of the tile in C.</param>
    /// <param name="cStride">Distance between rows of C.</param>
    /// <param name="accumulate">Whether to add to C.</param>
    public static void Run<TLanes>(
        int rows, long depth, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (rows >= 12)
        {
            Tile12<TLanes>(depth, a, aStride, b, bStride, c, cStride, accumulate);
            return;
        }

        for (int row = 0; row < rows;)
        {
            float* tile = c + row * cStride;
            int left = rows - row;
            if (left >= 8)
            {
                Tile8<TLanes>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate);
                row += 8;
            }
            else if (left >= 4)
            {
                Tile4<TLanes>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate);
                row += 4;
            }
            else if (left >= 2)
            {
                Tile2<TLanes>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate);
                row += 2;
            }
            else
            {
                Tile1<TLanes>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate);
                row += 1;
            }
        }
    }

    [SkipLocalsInit]
    private static void Tile12<TLanes>(
        long depth, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes l0 = TLanes.Broadcast(0), r0 = l0, l1 = l0, r1 = l0, l2 = l0, r2 = l0, l3 = l0, r3 = l0, l4 = l0,
            r4 = l0, l5 = l0, r5 = l0, l6 = l0, r6 = l0, l7 = l0, r7 = l0, l8 = l0, r8 = l0, l9 = l0, r9 = l0,
            l10 = l0, r10 = l0, l11 = l0, r11 = l0;
        for (long k = 0; k < depth; k++)
        {
            TLanes left = TLanes.Load(b);
            TLanes right = TLanes.Load(b + TLanes.Count);
            TLanes x;
            x = TLanes.Broadcast(a[0]); l0 = TLanes.MultiplyAdd(x, left, l0); r0 = TLanes.MultiplyAdd(x, right, r0);
            x = TLanes.Broadcast(a[1]); l1 = TLanes.MultiplyAdd(x, left, l1); r1 = TLanes.MultiplyAdd(x, right, r1);
            x = TLanes.Broadcast(a[2]); l2 = TLanes.MultiplyAdd(x, left, l2); r2 = TLanes.MultiplyAdd(x, right, r2);
            x = TLanes.Broadcast(a[3]); l3 = TLanes.MultiplyAdd(x, left, l3); r3 = TLanes.MultiplyAdd(x, right, r3);
            x = TLanes.Broadcast(a[4]); l4 = TLanes.MultiplyAdd(x, left, l4); r4 = TLanes.MultiplyAdd(x, right, r4);
            x = TLanes.Broadcast(a[5]); l5 = TLanes.MultiplyAdd(x, left, l5); r5 = TLanes.MultiplyAdd(x, right, r5);
            x = TLanes.Broadcast(a[6]); l6 = TLanes.MultiplyAdd(x, left, l6); r6 = TLanes.MultiplyAdd(x, right, r6);
            x = TLanes.Broadcast(a[7]); l7 = TLanes.MultiplyAdd(x, left, l7); r7 = TLanes.MultiplyAdd(x, right, r7);
            x = TLanes.Broadcast(a[8]); l8 = TLanes.MultiplyAdd(x, left, l8); r8 = TLanes.MultiplyAdd(x, right, r8);
            x = TLanes.Broadcast(a[9]); l9 = TLanes.MultiplyAdd(x, left, l9); r9 = TLanes.MultiplyAdd(x, right, r9);
            x = TLanes.Broadcast(a[10]); l10 = TLanes.MultiplyAdd(x, left, l10); r10 = TLanes.MultiplyAdd(x, right, r10);
            x = TLanes.Broadcast(a[11]); l11 = TLanes.MultiplyAdd(x, left, l11); r11 = TLanes.MultiplyAdd(x, right, r11);
            a += aStride;
            b += bStride;
        }

        Write(c, l0, r0, accumulate);
        Write(c + cStride, l1, r1, accumulate);
        Write(c + 2 * cStride, l2, r2, accumulate);
        Write(c + 3 * cStride, l3, r3, accumulate);
        Write(c + 4 * cStride, l4, r4, accumulate);
        Write(c + 5 * cStride, l5, r5, accumulate);
        Write(c + 6 * cStride, l6, r6, accumulate);
        Write(c + 7 * cStride, l7, r7, accumulate);
        Write(c + 8 * cStride, l8, r8, accumulate);
        Write(c + 9 * cStride, l9, r9, accumulate);
        Write(c + 10 * cStride, l10, r10, accumulate);
        Write(c + 11 * cStride, l11, r11, accumulate);
    }

    [SkipLocalsInit]
    private static void Tile8<TLanes>(
        long depth, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes l0 = TLanes.Broadcast(0), r0 = l0, l1 = l0, r1 = l0, l2 = l0, r2 = l0, l3 = l0, r3 = l0, l4 = l0,
            r4 = l0, l5 = l0, r5 = l0, l6 = l0, r6 = l0, l7 = l0, r7 = l0;
        for (long k = 0; k < depth; k++)
        {
            TLanes left = TLanes.Load(b);
            TLanes right = TLanes.Load(b + TLanes.Count);
            TLanes x;
            x = TLanes.Broadcast(a[0]); l0 = TLanes.MultiplyAdd(x, left, l0); r0 = TLanes.MultiplyAdd(x, right, r0);
            x = TLanes.Broadcast(a[1]); l1 = TLanes.MultiplyAdd(x, left, l1); r1 = TLanes.MultiplyAdd(x, right, r1);
            x = TLanes.Broadcast(a[2]); l2 = TLanes.MultiplyAdd(x, left, l2); r2 = TLanes.MultiplyAdd(x, right, r2);
            x = TLanes.Broadcast(a[3]); l3 = TLanes.MultiplyAdd(x, left, l3); r3 = TLanes.MultiplyAdd(x, right, r3);
            x = TLanes.Broadcast(a[4]); l4 = TLanes.MultiplyAdd(x, left, l4); r4 = TLanes.MultiplyAdd(x, right, r4);
            x = TLanes.Broadcast(a[5]); l5 = TLanes.MultiplyAdd(x, left, l5); r5 = TLanes.MultiplyAdd(x, right, r5);
            x = TLanes.Broadcast(a[6]); l6 = TLanes.MultiplyAdd(x, left, l6); r6 = TLanes.MultiplyAdd(x, right, r6);
            x = TLanes.Broadcast(a[7]); l7 = TLanes.MultiplyAdd(x, left, l7); r7 = TLanes.MultiplyAdd(x, right, r7);
            a += aStride;
            b += bStride;
        }

        Write(c, l0, r0, accumulate);
        Write(c + cStride, l1, r1, accumulate);
        Write(c + 2 * cStride, l2, r2, accumulate);
        Write(c + 3 * cStride, l3, r3, accumulate);
        Write(c + 4 * cStride, l4, r4, accumulate);
        Write(c + 5 * cStride, l5, r5, accumulate);
        Write(c + 6 * cStride, l6, r6, accumulate);
        Write(c + 7 * cStride, l7, r7, accumulate);
    }

    [SkipLocalsInit]
    private static void Tile4<TLanes>(
        long depth, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes l0 = TLanes.Broadcast(0), r0 = l0, l1 = l0, r1 = l0, l2 = l0, r2 = l0, l3 = l0, r3 = l0;
        for (long k = 0; k < depth; k++)
        {
            TLanes left = TLanes.Load(b);
            TLanes right = TLanes.Load(b + TLanes.Count);
            TLanes x;
            x = TLanes.Broadcast(a[0]); l0 = TLanes.MultiplyAdd(x, left, l0); r0 = TLanes.MultiplyAdd(x, right, r0);
            x = TLanes.Broadcast(a[1]); l1 = TLanes.MultiplyAdd(x, left, l1); r1 = TLanes.MultiplyAdd(x, right, r1);
            x = TLanes.Broadcast(a[2]); l2 = TLanes.MultiplyAdd(x, left, l2); r2 = TLanes.MultiplyAdd(x, right, r2);
            x = TLanes.Broadcast(a[3]); l3 = TLanes.MultiplyAdd(x, left, l3); r3 = TLanes.MultiplyAdd(x, right, r3);
            a += aStride;
            b += bStride;
        }

        Write(c, l0, r0, accumulate);
        Write(c + cStride, l1, r1, accumulate);
        Write(c + 2 * cStride, l2, r2, accumulate);
        Write(c + 3 * cStride, l3, r3, accumulate);
    }

    [SkipLocalsInit]
    private static void Tile2<TLanes>(
        long depth, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes l0 = TLanes.Broadcast(0), r0 = l0, l1 = l0, r1 = l0;
        for (long k = 0; k < depth; k++)
        {
            TLanes left = TLanes.Load(b);
            TLanes right = TLanes.Load(b + TLanes.Count);
            TLanes x;
            x = TLanes.Broadcast(a[0]); l0 = TLanes.MultiplyAdd(x, left, l0); r0 = TLanes.MultiplyAdd(x, right, r0);
            x = TLanes.Broadcast(a[1]); l1 = TLanes.MultiplyAdd(x, left, l1); r1 = TLanes.MultiplyAdd(x, right, r1);
            a += aStride;
            b += bStride;
        }

        Write(c, l0, r0, accumulate);
        Write(c + cStride, l1, r1, accumulate);
    }

    [SkipLocalsInit]
    private static void Tile1<TLanes>(
        long depth, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes l0 = TLanes.Broadcast(0), r0 = l0;
        for (long k = 0; k < depth; k++)
        {
            TLanes left = TLanes.Load(b);
            TLanes right = TLanes.Load(b + TLanes.Count);
            TLanes x;
            x = TLanes.Broadcast(a[0]); l0 = TLanes.MultiplyAdd(x, left, l0); r0 = TLanes.MultiplyAdd(x, right, r0);
            a += aStride;
            b += bStride;
        }

        Write(c, l0, r0, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<TLanes>(float* c, TLanes left, TLanes right, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (accumulate)
        {
            left += TLanes.Load(c);
            right += TLanes.Load(c + TLanes.Count);
        }

        left.Store(c);
        right.Store(c + TLanes.Count);
    }
}

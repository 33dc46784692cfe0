using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The innermost loop of a matrix product: a tile of C that stays in registers over the whole depth. Each element adds
/// its products in the order of depth, whatever the tile, so that results do not depend on how C is cut.
/// </summary>
/// <remarks>
/// Twelve rows of two registers fill AVX-512's 32 registers: 24 sums, two of B, one of A; six rows the 16 of other
/// machines. Versions tried: README.md of this folder. The six tiles differ in their number of rows only.
/// </remarks>
internal static unsafe class MicroKernel
{
    /// <summary>Registers side by side in a tile.</summary>
    public const int Registers = 2;

    /// <summary>Rows of a full tile, and of a packed panel of A.</summary>
    public static int Rows<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => TLanes.Count == 16 ? 12 : 6;

    /// <summary>Columns of a tile, and of a packed panel of B.</summary>
    public static int Columns<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => Registers * TLanes.Count;

    /// <summary>Rows that <see cref="RunInPlace"/> takes.</summary>
    public const int RowsInPlace = 12;

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
            else if (left >= 6)
            {
                Tile6<TLanes>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate);
                row += 6;
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
            x = TLanes.Broadcast(a[0]); TLanes.AddProduct(ref l0, x, left); TLanes.AddProduct(ref r0, x, right);
            x = TLanes.Broadcast(a[1]); TLanes.AddProduct(ref l1, x, left); TLanes.AddProduct(ref r1, x, right);
            x = TLanes.Broadcast(a[2]); TLanes.AddProduct(ref l2, x, left); TLanes.AddProduct(ref r2, x, right);
            x = TLanes.Broadcast(a[3]); TLanes.AddProduct(ref l3, x, left); TLanes.AddProduct(ref r3, x, right);
            x = TLanes.Broadcast(a[4]); TLanes.AddProduct(ref l4, x, left); TLanes.AddProduct(ref r4, x, right);
            x = TLanes.Broadcast(a[5]); TLanes.AddProduct(ref l5, x, left); TLanes.AddProduct(ref r5, x, right);
            x = TLanes.Broadcast(a[6]); TLanes.AddProduct(ref l6, x, left); TLanes.AddProduct(ref r6, x, right);
            x = TLanes.Broadcast(a[7]); TLanes.AddProduct(ref l7, x, left); TLanes.AddProduct(ref r7, x, right);
            x = TLanes.Broadcast(a[8]); TLanes.AddProduct(ref l8, x, left); TLanes.AddProduct(ref r8, x, right);
            x = TLanes.Broadcast(a[9]); TLanes.AddProduct(ref l9, x, left); TLanes.AddProduct(ref r9, x, right);
            x = TLanes.Broadcast(a[10]); TLanes.AddProduct(ref l10, x, left); TLanes.AddProduct(ref r10, x, right);
            x = TLanes.Broadcast(a[11]); TLanes.AddProduct(ref l11, x, left); TLanes.AddProduct(ref r11, x, right);
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

    /// <summary>Twelve rows of A where they lie, without a copy: row i begins at a + i * aStride.</summary>
    /// <inheritdoc cref="Run{TLanes}"/>
    [SkipLocalsInit]
    public static void RunInPlace<TLanes>(
        long depth, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes l0 = TLanes.Broadcast(0), r0 = l0, l1 = l0, r1 = l0, l2 = l0, r2 = l0, l3 = l0, r3 = l0, l4 = l0,
            r4 = l0, l5 = l0, r5 = l0, l6 = l0, r6 = l0, l7 = l0, r7 = l0, l8 = l0, r8 = l0, l9 = l0, r9 = l0,
            l10 = l0, r10 = l0, l11 = l0, r11 = l0;

        // Four bases and two distances reach twelve rows with the registers that there are.
        long twice = 2 * aStride;
        float* a3 = a + 3 * aStride;
        float* a6 = a + 6 * aStride;
        float* a9 = a + 9 * aStride;
        for (long k = 0; k < depth; k++)
        {
            TLanes left = TLanes.Load(b);
            TLanes right = TLanes.Load(b + TLanes.Count);
            TLanes x;
            x = TLanes.Broadcast(*a); TLanes.AddProduct(ref l0, x, left); TLanes.AddProduct(ref r0, x, right);
            x = TLanes.Broadcast(a[aStride]); TLanes.AddProduct(ref l1, x, left); TLanes.AddProduct(ref r1, x, right);
            x = TLanes.Broadcast(a[twice]); TLanes.AddProduct(ref l2, x, left); TLanes.AddProduct(ref r2, x, right);
            x = TLanes.Broadcast(*a3); TLanes.AddProduct(ref l3, x, left); TLanes.AddProduct(ref r3, x, right);
            x = TLanes.Broadcast(a3[aStride]); TLanes.AddProduct(ref l4, x, left); TLanes.AddProduct(ref r4, x, right);
            x = TLanes.Broadcast(a3[twice]); TLanes.AddProduct(ref l5, x, left); TLanes.AddProduct(ref r5, x, right);
            x = TLanes.Broadcast(*a6); TLanes.AddProduct(ref l6, x, left); TLanes.AddProduct(ref r6, x, right);
            x = TLanes.Broadcast(a6[aStride]); TLanes.AddProduct(ref l7, x, left); TLanes.AddProduct(ref r7, x, right);
            x = TLanes.Broadcast(a6[twice]); TLanes.AddProduct(ref l8, x, left); TLanes.AddProduct(ref r8, x, right);
            x = TLanes.Broadcast(*a9); TLanes.AddProduct(ref l9, x, left); TLanes.AddProduct(ref r9, x, right);
            x = TLanes.Broadcast(a9[aStride]); TLanes.AddProduct(ref l10, x, left); TLanes.AddProduct(ref r10, x, right);
            x = TLanes.Broadcast(a9[twice]); TLanes.AddProduct(ref l11, x, left); TLanes.AddProduct(ref r11, x, right);
            a++;
            a3++;
            a6++;
            a9++;
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
            x = TLanes.Broadcast(a[0]); TLanes.AddProduct(ref l0, x, left); TLanes.AddProduct(ref r0, x, right);
            x = TLanes.Broadcast(a[1]); TLanes.AddProduct(ref l1, x, left); TLanes.AddProduct(ref r1, x, right);
            x = TLanes.Broadcast(a[2]); TLanes.AddProduct(ref l2, x, left); TLanes.AddProduct(ref r2, x, right);
            x = TLanes.Broadcast(a[3]); TLanes.AddProduct(ref l3, x, left); TLanes.AddProduct(ref r3, x, right);
            x = TLanes.Broadcast(a[4]); TLanes.AddProduct(ref l4, x, left); TLanes.AddProduct(ref r4, x, right);
            x = TLanes.Broadcast(a[5]); TLanes.AddProduct(ref l5, x, left); TLanes.AddProduct(ref r5, x, right);
            x = TLanes.Broadcast(a[6]); TLanes.AddProduct(ref l6, x, left); TLanes.AddProduct(ref r6, x, right);
            x = TLanes.Broadcast(a[7]); TLanes.AddProduct(ref l7, x, left); TLanes.AddProduct(ref r7, x, right);
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
    private static void Tile6<TLanes>(
        long depth, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes l0 = TLanes.Broadcast(0), r0 = l0, l1 = l0, r1 = l0, l2 = l0, r2 = l0, l3 = l0, r3 = l0, l4 = l0,
            r4 = l0, l5 = l0, r5 = l0;
        for (long k = 0; k < depth; k++)
        {
            TLanes left = TLanes.Load(b);
            TLanes right = TLanes.Load(b + TLanes.Count);
            TLanes x;
            x = TLanes.Broadcast(a[0]); TLanes.AddProduct(ref l0, x, left); TLanes.AddProduct(ref r0, x, right);
            x = TLanes.Broadcast(a[1]); TLanes.AddProduct(ref l1, x, left); TLanes.AddProduct(ref r1, x, right);
            x = TLanes.Broadcast(a[2]); TLanes.AddProduct(ref l2, x, left); TLanes.AddProduct(ref r2, x, right);
            x = TLanes.Broadcast(a[3]); TLanes.AddProduct(ref l3, x, left); TLanes.AddProduct(ref r3, x, right);
            x = TLanes.Broadcast(a[4]); TLanes.AddProduct(ref l4, x, left); TLanes.AddProduct(ref r4, x, right);
            x = TLanes.Broadcast(a[5]); TLanes.AddProduct(ref l5, x, left); TLanes.AddProduct(ref r5, x, right);
            a += aStride;
            b += bStride;
        }

        Write(c, l0, r0, accumulate);
        Write(c + cStride, l1, r1, accumulate);
        Write(c + 2 * cStride, l2, r2, accumulate);
        Write(c + 3 * cStride, l3, r3, accumulate);
        Write(c + 4 * cStride, l4, r4, accumulate);
        Write(c + 5 * cStride, l5, r5, accumulate);
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
            x = TLanes.Broadcast(a[0]); TLanes.AddProduct(ref l0, x, left); TLanes.AddProduct(ref r0, x, right);
            x = TLanes.Broadcast(a[1]); TLanes.AddProduct(ref l1, x, left); TLanes.AddProduct(ref r1, x, right);
            x = TLanes.Broadcast(a[2]); TLanes.AddProduct(ref l2, x, left); TLanes.AddProduct(ref r2, x, right);
            x = TLanes.Broadcast(a[3]); TLanes.AddProduct(ref l3, x, left); TLanes.AddProduct(ref r3, x, right);
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
            x = TLanes.Broadcast(a[0]); TLanes.AddProduct(ref l0, x, left); TLanes.AddProduct(ref r0, x, right);
            x = TLanes.Broadcast(a[1]); TLanes.AddProduct(ref l1, x, left); TLanes.AddProduct(ref r1, x, right);
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
            x = TLanes.Broadcast(a[0]); TLanes.AddProduct(ref l0, x, left); TLanes.AddProduct(ref r0, x, right);
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

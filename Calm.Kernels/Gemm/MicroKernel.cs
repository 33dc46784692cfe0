using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A tile of C, as compile-time constants: the compiler leaves out the rows that it does not have.</summary>
internal interface IMicroTile
{
    /// <summary>Number of rows: 1, 2, 4, 6, 8 or 12.</summary>
    static abstract int Rows { get; }

    /// <summary>Whether rows of A begin <c>aStride</c> apart; otherwise they lie side by side in each step of depth.</summary>
    static virtual bool IsInPlace => false;
}

/// <summary>
/// The innermost loop of a matrix product: a tile of C that stays in registers over the whole depth. Each element adds
/// its products in the order of depth, whatever the tile, so that results do not depend on how C is cut.
/// </summary>
/// <remarks>
/// Twelve rows of two registers fill AVX-512's 32 registers: 24 sums, two of B, one of A; six rows the 16 of other
/// machines. Versions tried: README.md of this folder.
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
        for (int row = 0; row < rows;)
        {
            float* tile = c + row * cStride;
            row += (rows - row) switch
            {
                >= 12 => Tile<TLanes, Tile12>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate),
                >= 8 => Tile<TLanes, Tile8>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate),
                >= 6 => Tile<TLanes, Tile6>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate),
                >= 4 => Tile<TLanes, Tile4>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate),
                >= 2 => Tile<TLanes, Tile2>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate),
                _ => Tile<TLanes, Tile1>(depth, a + row, aStride, b, bStride, tile, cStride, accumulate),
            };
        }
    }

    /// <summary>Twelve rows of A where they lie, without a copy: row i begins at a + i * aStride.</summary>
    /// <inheritdoc cref="Run{TLanes}"/>
    public static void RunInPlace<TLanes>(
        long depth, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes> =>
        Tile<TLanes, Tile12InPlace>(depth, a, aStride, b, bStride, c, cStride, accumulate);

    /// <summary>Computes a tile and returns its number of rows.</summary>
    [SkipLocalsInit]
    private static int Tile<TLanes, TTile>(
        long depth, float* a, long aStride, float* b, long bStride, float* c, long cStride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes> where TTile : struct, IMicroTile
    {
        TLanes l0 = TLanes.Broadcast(0), r0 = l0, l1 = l0, r1 = l0, l2 = l0, r2 = l0, l3 = l0, r3 = l0, l4 = l0, r4 = l0,
            l5 = l0, r5 = l0, l6 = l0, r6 = l0, l7 = l0, r7 = l0, l8 = l0, r8 = l0, l9 = l0, r9 = l0, l10 = l0, r10 = l0,
            l11 = l0, r11 = l0;

        // In place four bases and two distances reach twelve rows with the registers that there are.
        long twice = 2 * aStride;
        float* a3 = a + 3 * aStride;
        float* a6 = a + 6 * aStride;
        float* a9 = a + 9 * aStride;
        for (long k = 0; k < depth; k++)
        {
            TLanes left = TLanes.Load(b);
            TLanes right = TLanes.Load(b + TLanes.Count);
            AddRow(a[0], left, right, ref l0, ref r0);
            if (TTile.Rows > 1)
            {
                AddRow(TTile.IsInPlace ? a[aStride] : a[1], left, right, ref l1, ref r1);
            }

            if (TTile.Rows > 2)
            {
                AddRow(TTile.IsInPlace ? a[twice] : a[2], left, right, ref l2, ref r2);
                AddRow(TTile.IsInPlace ? a3[0] : a[3], left, right, ref l3, ref r3);
            }

            if (TTile.Rows > 4)
            {
                AddRow(TTile.IsInPlace ? a3[aStride] : a[4], left, right, ref l4, ref r4);
                AddRow(TTile.IsInPlace ? a3[twice] : a[5], left, right, ref l5, ref r5);
            }

            if (TTile.Rows > 6)
            {
                AddRow(TTile.IsInPlace ? a6[0] : a[6], left, right, ref l6, ref r6);
                AddRow(TTile.IsInPlace ? a6[aStride] : a[7], left, right, ref l7, ref r7);
            }

            if (TTile.Rows > 8)
            {
                AddRow(TTile.IsInPlace ? a6[twice] : a[8], left, right, ref l8, ref r8);
                AddRow(TTile.IsInPlace ? a9[0] : a[9], left, right, ref l9, ref r9);
                AddRow(TTile.IsInPlace ? a9[aStride] : a[10], left, right, ref l10, ref r10);
                AddRow(TTile.IsInPlace ? a9[twice] : a[11], left, right, ref l11, ref r11);
            }

            if (TTile.IsInPlace)
            {
                a++;
                a3++;
                a6++;
                a9++;
            }
            else
            {
                a += aStride;
            }

            b += bStride;
        }

        Write(c, l0, r0, accumulate);
        if (TTile.Rows > 1)
        {
            Write(c + cStride, l1, r1, accumulate);
        }

        if (TTile.Rows > 2)
        {
            Write(c + 2 * cStride, l2, r2, accumulate);
            Write(c + 3 * cStride, l3, r3, accumulate);
        }

        if (TTile.Rows > 4)
        {
            Write(c + 4 * cStride, l4, r4, accumulate);
            Write(c + 5 * cStride, l5, r5, accumulate);
        }

        if (TTile.Rows > 6)
        {
            Write(c + 6 * cStride, l6, r6, accumulate);
            Write(c + 7 * cStride, l7, r7, accumulate);
        }

        if (TTile.Rows > 8)
        {
            Write(c + 8 * cStride, l8, r8, accumulate);
            Write(c + 9 * cStride, l9, r9, accumulate);
            Write(c + 10 * cStride, l10, r10, accumulate);
            Write(c + 11 * cStride, l11, r11, accumulate);
        }

        return TTile.Rows;
    }

    // Sums come last: a reference that waits for a condition would put its sum into memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<TLanes>(float a, TLanes left, TLanes right, ref TLanes leftSum, ref TLanes rightSum)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes x = TLanes.Broadcast(a);
        TLanes.AddProduct(ref leftSum, x, left);
        TLanes.AddProduct(ref rightSum, x, right);
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

    private readonly struct Tile1 : IMicroTile
    {
        public static int Rows => 1;
    }

    private readonly struct Tile2 : IMicroTile
    {
        public static int Rows => 2;
    }

    private readonly struct Tile4 : IMicroTile
    {
        public static int Rows => 4;
    }

    private readonly struct Tile6 : IMicroTile
    {
        public static int Rows => 6;
    }

    private readonly struct Tile8 : IMicroTile
    {
        public static int Rows => 8;
    }

    private readonly struct Tile12 : IMicroTile
    {
        public static int Rows => 12;
    }

    private readonly struct Tile12InPlace : IMicroTile
    {
        public static int Rows => 12;

        public static bool IsInPlace => true;
    }
}

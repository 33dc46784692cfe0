using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Calm.Kernels;

/// <summary>The innermost loop of <see cref="VocabularyScreen"/>: sums of products of 16-bit integers, in pairs.</summary>
internal static unsafe class ScreenKernel
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 12;

    /// <summary>tile[row, id] = sum over pairs of a[pair, row] . b[pair, id].</summary>
    /// <param name="pairs">Number of pairs.</param>
    /// <param name="a">Twelve rows, [pairs, 12].</param>
    /// <param name="b">A panel of ids, [pairs, 32].</param>
    /// <param name="tile">Out, [12, 32].</param>
    [SkipLocalsInit]
    public static void Run(int pairs, int* a, int* b, int* tile)
    {
        Vector512<int> l0 = default, r0 = default, l1 = default, r1 = default, l2 = default, r2 = default, l3 = default,
            r3 = default, l4 = default, r4 = default, l5 = default, r5 = default, l6 = default, r6 = default, l7 = default,
            r7 = default, l8 = default, r8 = default, l9 = default, r9 = default, l10 = default, r10 = default,
            l11 = default, r11 = default;
        for (int pair = 0; pair < pairs; pair++)
        {
            Vector512<short> left = Vector512.Load((short*)b);
            Vector512<short> right = Vector512.Load((short*)b + 32);
            Vector512<short> x;
            x = Pair(a); l0 += Sum(x, left); r0 += Sum(x, right);
            x = Pair(a + 1); l1 += Sum(x, left); r1 += Sum(x, right);
            x = Pair(a + 2); l2 += Sum(x, left); r2 += Sum(x, right);
            x = Pair(a + 3); l3 += Sum(x, left); r3 += Sum(x, right);
            x = Pair(a + 4); l4 += Sum(x, left); r4 += Sum(x, right);
            x = Pair(a + 5); l5 += Sum(x, left); r5 += Sum(x, right);
            x = Pair(a + 6); l6 += Sum(x, left); r6 += Sum(x, right);
            x = Pair(a + 7); l7 += Sum(x, left); r7 += Sum(x, right);
            x = Pair(a + 8); l8 += Sum(x, left); r8 += Sum(x, right);
            x = Pair(a + 9); l9 += Sum(x, left); r9 += Sum(x, right);
            x = Pair(a + 10); l10 += Sum(x, left); r10 += Sum(x, right);
            x = Pair(a + 11); l11 += Sum(x, left); r11 += Sum(x, right);
            a += Rows;
            b += ScreenPanels.Ids;
        }

        Store(tile, 0, l0, r0);
        Store(tile, 1, l1, r1);
        Store(tile, 2, l2, r2);
        Store(tile, 3, l3, r3);
        Store(tile, 4, l4, r4);
        Store(tile, 5, l5, r5);
        Store(tile, 6, l6, r6);
        Store(tile, 7, l7, r7);
        Store(tile, 8, l8, r8);
        Store(tile, 9, l9, r9);
        Store(tile, 10, l10, r10);
        Store(tile, 11, l11, r11);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Pair(int* a) => Vector512.Create(*a).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Sum(Vector512<short> x, Vector512<short> y) => Avx512BW.MultiplyAddAdjacent(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* tile, int row, Vector512<int> left, Vector512<int> right)
    {
        left.Store(tile + row * ScreenPanels.Ids);
        right.Store(tile + row * ScreenPanels.Ids + 16);
    }
}

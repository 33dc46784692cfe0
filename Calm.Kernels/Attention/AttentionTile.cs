using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Shared parts of the host's attention loops: sizes of tiles, products of small matrices, and rows.</summary>
internal static unsafe class AttentionTile
{
    /// <summary>Queries in a tile: the columns of the widest micro-kernel, a multiple of all others.</summary>
    public const int Queries = 32;

    /// <summary>
    /// Keys in a tile, a multiple of the micro-kernel's columns. Tiles begin at multiples of it, whatever the queries,
    /// so that a query's sums are cut at the same keys in every call.
    /// </summary>
    public const int Keys = 128;

    /// <summary>C[rows, columns] (+)= sum of A[depth, rows] B[depth, columns]; columns are whole tiles.</summary>
    public static void Product<TLanes>(
        int rows, int columns, int depth, float* a, long aStride, float* b, long bStride, float* c, long cStride,
        bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int column = 0; column < columns; column += MicroKernel.Columns<TLanes>())
        {
            for (int row = 0; row < rows; row += MicroKernel.Rows<TLanes>())
            {
                MicroKernel.Run<TLanes>(
                    Math.Min(MicroKernel.Rows<TLanes>(), rows - row), depth, a + row, aStride, b + column, bStride,
                    c + row * cStride + column, cStride, accumulate);
            }
        }
    }

    /// <summary>The least multiple of the micro-kernel's columns that covers <paramref name="count"/>.</summary>
    public static int RoundUp<TLanes>(int count) where TLanes : unmanaged, ILanes<TLanes> =>
        (count + MicroKernel.Columns<TLanes>() - 1) / MicroKernel.Columns<TLanes>() * MicroKernel.Columns<TLanes>();

    /// <summary>0, 1, 2, ...: the place of each lane.</summary>
    public static void Number(float* target, int count)
    {
        for (int i = 0; i < count; i++)
        {
            target[i] = i;
        }
    }

    /// <summary>Multiplies a row by a number. What a tail rounds, a register rounds alike.</summary>
    public static void Scale<TLanes>(float* row, int count, float factor, float* target)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count)
        {
            (TLanes.Load(row + i) * TLanes.Broadcast(factor)).Store(target + i);
        }

        for (; i < count; i++)
        {
            target[i] = row[i] * factor;
        }
    }

    /// <summary>Writes dense rows of a head to a strided target, or adds them to it.</summary>
    public static void WriteRows<TLanes>(
        float* source, int rows, int headSize, float* target, long stride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int row = 0; row < rows; row++, source += headSize, target += stride)
        {
            int i = 0;
            for (; i <= headSize - TLanes.Count; i += TLanes.Count)
            {
                TLanes value = TLanes.Load(source + i);
                (accumulate ? value + TLanes.Load(target + i) : value).Store(target + i);
            }

            for (; i < headSize; i++)
            {
                target[i] = accumulate ? target[i] + source[i] : source[i];
            }
        }
    }
}

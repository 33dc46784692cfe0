using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Copies a strip of a matrix into a panel that a micro-kernel reads from front to back: for each step of depth, the
/// strip's <c>width</c> elements side by side. Missing elements at the edge are zero.
/// </summary>
internal static unsafe class Strip
{
    /// <summary>Packs a strip whose elements lie side by side in memory: source[k * stride + i].</summary>
    /// <param name="source">First element.</param>
    /// <param name="stride">Distance between the steps of depth.</param>
    /// <param name="present">Number of elements of each step, at most <paramref name="width"/>.</param>
    /// <param name="depth">Steps of depth.</param>
    /// <param name="panel">Out, width * depth floats.</param>
    /// <param name="width">Elements of each step in the panel, a multiple of four.</param>
    public static void Contiguous<TLanes>(
        float* source, long stride, int present, long depth, float* panel, int width)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (long k = 0; k < depth; k++, source += stride, panel += width)
        {
            int i = 0;
            for (; i <= present - TLanes.Count; i += TLanes.Count)
            {
                TLanes.Load(source + i).Store(panel + i);
            }

            for (; i <= present - Lanes128.Count; i += Lanes128.Count)
            {
                Lanes128.Load(source + i).Store(panel + i);
            }

            for (; i < present; i++)
            {
                panel[i] = source[i];
            }

            for (; i < width; i++)
            {
                panel[i] = 0;
            }
        }
    }

    /// <summary>Packs a strip whose elements lie a row apart in memory: source[i * stride + k].</summary>
    /// <param name="source">First element.</param>
    /// <param name="stride">Distance between the elements of a step.</param>
    /// <param name="present">Number of elements of each step, at most <paramref name="width"/>.</param>
    /// <param name="depth">Steps of depth.</param>
    /// <param name="panel">Out, width * depth floats.</param>
    /// <param name="width">Elements of each step in the panel, a multiple of four.</param>
    public static void Transposing<TLanes>(
        float* source, long stride, int present, long depth, float* panel, int width)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int quads = TLanes.Count >= 4 && present >= 4 ? present : 0;
        long whole = depth & -TLanes.Count;
        for (int i = 0; i < quads; i += 4)
        {
            // The last four overlap those before them where their number is no multiple.
            int row = Math.Min(i, quads - 4);
            for (long k = 0; k < whole; k += TLanes.Count)
            {
                FourRows<TLanes>(source + row * stride + k, stride, panel + k * width + row, width);
            }
        }

        Rest(source, stride, present, quads, 0, whole, panel, width);
        Rest(source, stride, present, 0, whole, depth, panel, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRows<TLanes>(float* source, long stride, float* step, int width)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes a = TLanes.Load(source);
        TLanes b = TLanes.Load(source + stride);
        TLanes c = TLanes.Load(source + 2 * stride);
        TLanes d = TLanes.Load(source + 3 * stride);
        TLanes.TransposeQuads(ref a, ref b, ref c, ref d);

        // Group g of a holds the four elements of step 4 g, of b those of step 4 g + 1, and so on.
        a.StoreQuads(step, 4 * width);
        b.StoreQuads(step + width, 4 * width);
        c.StoreQuads(step + 2 * width, 4 * width);
        d.StoreQuads(step + 3 * width, 4 * width);
    }

    private static void Rest(
        float* source, long stride, int present, int first, long start, long end, float* panel, int width)
    {
        for (int i = first; i < width; i++)
        {
            for (long k = start; k < end; k++)
            {
                panel[k * width + i] = i < present ? source[i * stride + k] : 0;
            }
        }
    }
}

using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Copies a strip of a matrix into a panel that the micro-kernel reads from front to back: for each step of depth, the
/// strip's <c>width</c> elements side by side. Missing elements at the edge are zero.
/// </summary>
internal static unsafe class Packing
{
    /// <summary>Packs a strip whose elements lie side by side in memory: source[k * stride + i].</summary>
    /// <param name="source">First element.</param>
    /// <param name="stride">Distance between the steps of depth.</param>
    /// <param name="present">How many elements of each step exist, at most <paramref name="width"/>.</param>
    /// <param name="depth">Steps of depth.</param>
    /// <param name="panel">Where it goes, width * depth floats.</param>
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
    /// <param name="present">How many elements of each step exist, at most <paramref name="width"/>.</param>
    /// <param name="depth">Steps of depth.</param>
    /// <param name="panel">Where it goes, width * depth floats.</param>
    /// <param name="width">Elements of each step in the panel, a multiple of four.</param>
    public static void Transposing<TLanes>(
        float* source, long stride, int present, long depth, float* panel, int width)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int i = 0;
        if (TLanes.Count >= 4)
        {
            for (; i <= present - 4; i += 4)
            {
                FourRows<TLanes>(source + i * stride, stride, depth, panel + i, width);
            }
        }

        for (; i < width; i++)
        {
            for (long k = 0; k < depth; k++)
            {
                panel[k * width + i] = i < present ? source[i * stride + k] : 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRows<TLanes>(float* source, long stride, long depth, float* panel, int width)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        long k = 0;
        for (; k <= depth - TLanes.Count; k += TLanes.Count)
        {
            TLanes a = TLanes.Load(source + k);
            TLanes b = TLanes.Load(source + stride + k);
            TLanes c = TLanes.Load(source + 2 * stride + k);
            TLanes d = TLanes.Load(source + 3 * stride + k);
            TLanes.TransposeQuads(ref a, ref b, ref c, ref d);

            // Lane group g of a holds step k + 4 g, of b step k + 4 g + 1, and so on.
            float* target = panel + k * width;
            a.StoreQuads(target, 4 * width);
            b.StoreQuads(target + width, 4 * width);
            c.StoreQuads(target + 2 * width, 4 * width);
            d.StoreQuads(target + 3 * width, 4 * width);
        }

        for (; k < depth; k++)
        {
            for (int i = 0; i < 4; i++)
            {
                panel[k * width + i] = source[i * stride + k];
            }
        }
    }
}

using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Copies an operand into panels that the innermost loop reads from front to back: [panel, step of depth, element], the
/// last panel filled up with zeros.
/// </summary>
internal static class DirectPacking
{
    // 16 steps of a panel are a cache line of a stored row, or a page of the panel.
    private const int StepsPerItem = 16;
    private const int PanelsPerItem = 16;

    /// <summary>Memory for the panels, in floats.</summary>
    public static long FloatsFor(int size, int width, int depth) => (long)((size + width - 1) / width) * width * depth;

    /// <summary>Packs rows of A or columns of B.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="source">The operand.</param>
    /// <param name="hasStepsInRows">Whether a row in memory is one step of depth, or else one element of every step.</param>
    /// <param name="size">Number of elements of a step.</param>
    /// <param name="depth">Number of steps.</param>
    /// <param name="panels">Out.</param>
    public static void Run<TPanel>(
        IlgpuDevice gpu, DeviceMatrix source, bool hasStepsInRows, int size, int depth, ArrayView<float> panels)
        where TPanel : unmanaged, IKernelLanes<TPanel>
    {
        int steps = (depth + StepsPerItem - 1) / StepsPerItem;
        int count = KernelLanes.CountFor<TPanel>(size);
        if (steps == 0)
        {
            return;
        }

        if (hasStepsInRows)
        {
            gpu.Launch(
                new KernelConfig(new Index2D(steps, (count + PanelsPerItem - 1) / PanelsPerItem), new Index2D(1, 1)),
                new CopyStepsKernel<TPanel>(source.Elements, panels, source.Stride, size, depth));
        }
        else
        {
            gpu.Launch(
                new KernelConfig(new Index2D(steps, count), new Index2D(1, 1)),
                new TransposeKernel<TPanel>(source.Elements, panels, source.Stride, size, depth));
        }
    }

    /// <summary>panels[p, k, i] = source[k, p W + i], or 0 beyond the last element.</summary>
    /// <param name="source">In, a row for each step of depth.</param>
    /// <param name="panels">Out.</param>
    /// <param name="stride">Distance between the rows.</param>
    /// <param name="size">Elements of a step.</param>
    /// <param name="depth">Steps.</param>
    /// <remarks>
    /// Launch: [K / 16, panels / 16] groups of one, each of which copies vectors. Bound by bandwidth: reads and writes the
    /// operand once.
    /// </remarks>
    internal readonly struct CopyStepsKernel<TPanel>(
        ArrayView<float> source, ArrayView<float> panels, int stride, int size, int depth) : IKernel
        where TPanel : unmanaged, IKernelLanes<TPanel>
    {
        public void Run()
        {
            int start = Grid.IdxX * StepsPerItem;
            int end = IntrinsicMath.Min(depth, start + StepsPerItem);
            int firstElement = Grid.IdxY * PanelsPerItem * TPanel.Count;
            int endElement = IntrinsicMath.Min(size, firstElement + PanelsPerItem * TPanel.Count);
            for (int element = firstElement; element < endElement; element += TPanel.Count)
            {
                int present = size - element;
                long panel = (long)element * depth;
                for (int k = start; k < end; k++)
                {
                    TPanel step = KernelLanes.Load<TPanel>(source, (long)k * stride + element, present);
                    TPanel.Store(step, panels, panel + (long)k * TPanel.Count);
                }
            }
        }
    }

    /// <summary>panels[p, k, i] = source[p W + i, k], or 0 beyond the last element.</summary>
    /// <param name="source">In, a row for each element.</param>
    /// <param name="panels">Out.</param>
    /// <param name="stride">Distance between the rows.</param>
    /// <param name="size">Elements of a step.</param>
    /// <param name="depth">Steps.</param>
    /// <remarks>
    /// Launch: [K / 16, panels] groups of one: each reads a cache line of each row and writes 16 steps of a panel, which stay
    /// in the first cache meanwhile.
    /// </remarks>
    internal readonly struct TransposeKernel<TPanel>(
        ArrayView<float> source, ArrayView<float> panels, int stride, int size, int depth) : IKernel
        where TPanel : unmanaged, IKernelLanes<TPanel>
    {
        public void Run()
        {
            int start = Grid.IdxX * StepsPerItem;
            int end = IntrinsicMath.Min(depth, start + StepsPerItem);
            int firstElement = Grid.IdxY * TPanel.Count;
            long panel = (long)firstElement * depth;
            for (int i = 0; i < TPanel.Count; i++)
            {
                int element = firstElement + i;
                long row = (long)element * stride;
                for (int k = start; k < end; k++)
                {
                    panels[panel + (long)k * TPanel.Count + i] = element < size ? source[row + k] : 0;
                }
            }
        }
    }
}

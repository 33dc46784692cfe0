using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels: one thread a pair of components of all heads of a row, and one a column left alone.</content>
public static partial class RotaryEmbedding
{
    static partial void RotateOnDevice(Rotation rotation, Tensor source, Tensor target, bool accumulate, ref bool done)
    {
        IlgpuDevice gpu = source.Gpu();
        RotationSizes sizes = new(
            rotation.Table, rotation.Heads, rotation.Start, rotation.Inverse, source, accumulate);
        if (source.Count > 0 && rotation.Heads > 0)
        {
            gpu.Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, RotationSizes>(RotateKernel)(
                gpu.Queue, Launch.Items(gpu, (long)source.Rows * sizes.Pairs), source.View(), target.View(),
                rotation.Table.Cos.View(), rotation.Table.Sin.View(), sizes);
        }

        int rest = source.Columns - sizes.Heads * 2 * sizes.Pairs;
        if (source != target && source.Count > 0 && rest > 0)
        {
            gpu.Kernel<ArrayView<float>, ArrayView<float>, int, RotationSizes>(CopyRestKernel)(
                gpu.Queue, Launch.Items(gpu, (long)source.Rows * rest), source.View(), target.View(), rest, sizes);
        }

        done = true;
    }

    /// <summary>Turns the leading heads of each row.</summary>
    /// <param name="x">In, [R, C], R rows of sequences of T positions.</param>
    /// <param name="y">Out, [R, C]; may alias x. The columns behind the heads are left as they are.</param>
    /// <param name="cos">In, [positions of the table, half a head].</param>
    /// <param name="sin">In, likewise.</param>
    /// <param name="sizes">Sizes, direction, and whether to add to y.</param>
    /// <remarks>
    /// Launch: one thread a row and pair of components, any group size; it walks the heads, whose angle is the same.
    /// Bound by bandwidth: reads and writes each component once.
    /// Source: Su et al. 2021, arXiv:2104.09864. Definition: RotaryEmbedding.Reference.
    /// </remarks>
    private static void RotateKernel(
        ArrayView<float> x, ArrayView<float> y, ArrayView<float> cos, ArrayView<float> sin, RotationSizes sizes)
    {
        int item = Grid.GlobalIndex.X;
        int row = item / sizes.Pairs;
        if (row < sizes.Rows)
        {
            int k = item - row * sizes.Pairs;
            long angle = (long)(sizes.Start + row % sizes.Positions) * sizes.Pairs + k;
            float c = cos[angle];
            float s = sin[angle] * sizes.Direction;
            long left = (long)row * sizes.Columns + k;
            for (int head = 0; head < sizes.Heads; head++)
            {
                long right = left + sizes.Pairs;
                float a = x[left];
                float b = x[right];
                float turnedLeft = KernelMath.FusedMultiplyAdd(a, c, -(b * s));
                float turnedRight = KernelMath.FusedMultiplyAdd(b, c, a * s);
                y[left] = sizes.Accumulate != 0 ? turnedLeft + y[left] : turnedLeft;
                y[right] = sizes.Accumulate != 0 ? turnedRight + y[right] : turnedRight;
                left = right + sizes.Pairs;
            }
        }
    }

    /// <summary>y (+)= x in the columns that are not turned.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="y">Out, [R, C].</param>
    /// <param name="rest">How many columns at the end of a row.</param>
    /// <param name="sizes">Sizes, and whether to add to y.</param>
    /// <remarks>Launch: one thread an element, any group size. Bound by bandwidth.</remarks>
    private static void CopyRestKernel(ArrayView<float> x, ArrayView<float> y, int rest, RotationSizes sizes)
    {
        int item = Grid.GlobalIndex.X;
        int row = item / rest;
        if (row < sizes.Rows)
        {
            long at = (long)(row + 1) * sizes.Columns - rest + (item - row * rest);
            y[at] = sizes.Accumulate != 0 ? y[at] + x[at] : x[at];
        }
    }

    /// <summary>What the kernels need to know besides memory.</summary>
    internal readonly struct RotationSizes
    {
        public RotationSizes(RotaryTable table, int heads, int start, bool inverse, Tensor x, bool accumulate)
        {
            Rows = x.Rows;
            Columns = x.Columns;
            Positions = x.Shape[1];
            Heads = heads;
            Pairs = table.HeadSize / 2;
            Start = start;
            Direction = inverse ? -1 : 1;
            Accumulate = accumulate ? 1 : 0;
        }

        public int Rows { get; }

        public int Columns { get; }

        public int Positions { get; }

        public int Heads { get; }

        /// <summary>Half of a head's components.</summary>
        public int Pairs { get; }

        public int Start { get; }

        /// <summary>1 or, to turn back, -1.</summary>
        public float Direction { get; }

        public int Accumulate { get; }
    }
}

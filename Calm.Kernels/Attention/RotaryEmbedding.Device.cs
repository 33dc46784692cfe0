using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels: one thread a pair of components of all heads of a row, and one a column left alone.</content>
public static partial class RotaryEmbedding
{
    private readonly partial struct Turn : IElementsWork
    {
        public void Run(IlgpuDevice gpu) => gpu.RunFor(source.ElementType, this);

        public void Run<TElements>(IlgpuDevice gpu) where TElements : struct, IElements<TElements>
        {
            (int rows, int columns, int pairs) = (source.Rows, source.Columns, rotation.Table.HeadSize / 2);
            int accumulates = accumulate ? 1 : 0;
            if (source.Count > 0 && rotation.Heads > 0)
            {
                gpu.LaunchItems((long)rows * pairs, new RotateKernel<TElements>(
                    TElements.Of(source), TElements.Of(target), rotation.Table.Cos.View(), rotation.Table.Sin.View(), rows,
                    columns, source.Shape[1], rotation.Heads, pairs, rotation.Start, rotation.Inverse ? -1 : 1, accumulates));
            }

            int rest = columns - rotation.Heads * 2 * pairs;
            if (source != target && source.Count > 0 && rest > 0)
            {
                gpu.LaunchItems(
                    (long)rows * rest,
                    new CopyRestKernel(source.View(), target.View(), rest, rows, columns, accumulates));
            }
        }
    }

    /// <summary>Turns the leading heads of each row.</summary>
    /// <param name="x">In, [R, C], R rows of sequences of T positions.</param>
    /// <param name="y">Out, [R, C]; may alias x. The columns behind the heads are left as they are.</param>
    /// <param name="cos">In, [positions of the table, half a head].</param>
    /// <param name="sin">In, likewise.</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <param name="positions">T.</param>
    /// <param name="heads">Number of heads that are turned.</param>
    /// <param name="pairs">Half of a head's components.</param>
    /// <param name="start">Position of row 0 of each sequence.</param>
    /// <param name="direction">1 or, to turn back, -1.</param>
    /// <param name="accumulate">1 to add to y, 0 to overwrite it.</param>
    /// <remarks>
    /// Launch: one thread a row and pair of components, any group size; it walks the heads, whose angle is the same.
    /// Bound by bandwidth: reads and writes each component once.
    /// Source: Su et al. 2021, arXiv:2104.09864. Definition: RotaryEmbedding.Reference.
    /// </remarks>
    internal readonly struct RotateKernel<TElements>(
        TElements x, TElements y, ArrayView<float> cos, ArrayView<float> sin, int rows, int columns, int positions, int heads,
        int pairs, int start, float direction, int accumulate) : IKernel
        where TElements : struct, IElements<TElements>
    {
        public void Run()
        {
            int item = Grid.GlobalIndex.X;
            int row = item / pairs;
            if (row < rows)
            {
                int k = item - row * pairs;
                long angle = (long)(start + row % positions) * pairs + k;
                float c = cos[angle];
                float s = sin[angle] * direction;
                long left = (long)row * columns + k;
                for (int head = 0; head < heads; head++)
                {
                    long right = left + pairs;
                    float a = x.Load(left);
                    float b = x.Load(right);
                    float turnedLeft = KernelMath.FusedMultiplyAdd(a, c, -(b * s));
                    float turnedRight = KernelMath.FusedMultiplyAdd(b, c, a * s);
                    y.Store(left, accumulate != 0 ? turnedLeft + y.Load(left) : turnedLeft);
                    y.Store(right, accumulate != 0 ? turnedRight + y.Load(right) : turnedRight);
                    left = right + pairs;
                }
            }
        }
    }

    /// <summary>y (+)= x in the columns that are not turned.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="y">Out, [R, C].</param>
    /// <param name="rest">Number of columns at the end of a row.</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <param name="accumulate">1 to add to y, 0 to overwrite it.</param>
    /// <remarks>Launch: one thread an element, any group size. Bound by bandwidth.</remarks>
    internal readonly struct CopyRestKernel(
        ArrayView<float> x, ArrayView<float> y, int rest, int rows, int columns, int accumulate) : IKernel
    {
        public void Run()
        {
            int item = Grid.GlobalIndex.X;
            int row = item / rest;
            if (row < rows)
            {
                long at = (long)(row + 1) * columns - rest + (item - row * rest);
                y[at] = accumulate != 0 ? y[at] + x[at] : x[at];
            }
        }
    }
}

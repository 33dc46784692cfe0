using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel of the lookup, one thread an element.</content>
public static unsafe partial class Embedding
{
    static partial void ForwardOnDevice(Tensor ids, Tensor table, Tensor y, ref bool done)
    {
        if (y.Count > 0)
        {
            IlgpuDevice gpu = y.Gpu();
            gpu.Kernel<ArrayView<int>, ArrayView<float>, ArrayView<float>, int, int, int>(GatherKernel)(
                gpu.Queue, Launch.Matrix(gpu, y.Rows, y.Columns), ids.IntegerView(), table.View(), y.View(), y.Rows,
                table.Rows, table.Columns);
        }

        done = true;
    }

    /// <summary>y[r, c] = table[ids[r], c]; NaN for an id outside the table.</summary>
    /// <param name="ids">In, [R].</param>
    /// <param name="table">In, [V, C].</param>
    /// <param name="y">Out, [R, C].</param>
    /// <param name="rows">R.</param>
    /// <param name="tableRows">V.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of y. Bound by bandwidth: reads and writes R C floats.</remarks>
    private static void GatherKernel(
        ArrayView<int> ids, ArrayView<float> table, ArrayView<float> y, int rows, int tableRows, int columns)
    {
        MatrixPlace place = new(rows, columns);
        if (place.IsInside)
        {
            int c = place.Column;
            int id = ids[place.Row];
            float value = float.NaN;
            if (id >= 0 && id < tableRows)
            {
                value = table[(long)id * columns + c];
            }

            y[(long)place.Row * columns + c] = value;
        }
    }
}

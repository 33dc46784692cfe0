using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The choice of the backward kernels, and what they share.</content>
public static partial class CausalAttention
{
    private readonly partial struct Backward : ITiledWork, ITensorWork
    {
        // One tensor may be queries, keys and values: what comes first overwrites, the others add.
        private bool WantsQueries => dq.Target is not null && y.Count > 0;

        private bool WantsKeys => (dk.Target ?? dv.Target) is not null && k.Tensor.Count > 0;

        private int AllQueryHeads => sizes.Batch * sizes.QueryHeads;

        private int AllKeyHeads => sizes.Batch * sizes.KeyValueHeads;

        public void Run(IlgpuDevice gpu)
        {
            if (y.Count > 0 && UsesTensorCores(gpu, sizes))
            {
                TensorHead.Run(gpu, sizes.HeadSize, this);
            }
            else if (gpu.Family == KernelFamily.Tiled)
            {
                ThreadGrid.Run(gpu, sizes.HeadSize, this);
            }
            else
            {
                RunDirect(gpu);
            }
        }

        /// <summary>The inputs of the kernels, with dy . y of every row.</summary>
        private BackwardOperands PrepareOperands(IlgpuDevice gpu)
        {
            Tensor rowDot = tape.Rent(logSumExp.Shape, Op);
            if (y.Count > 0)
            {
                gpu.LaunchItems(
                    logSumExp.Count,
                    new RowDotKernel(ToDevice(new Heads(y)), ToDevice(new Heads(dy)), rowDot.View(), sizes));
            }

            return new(
                ToDevice(q), ToDevice(k), ToDevice(v), ToDevice(new Heads(dy)), logSumExp.View(), rowDot.View(), sizes);
        }

        private DeviceHeads ToDevice(Heads heads) => new(heads, sizes.HeadSize);

        private DeviceGradient ToDevice(HeadsGradient gradient) => gradient.Target is { } target
            ? new(new(target.Tensor, gradient.FirstColumn, sizes.HeadSize), target.Accumulate)
            : new(ToDevice(new Heads(dy)));
    }

    /// <summary>rowDot[b, h, i] = y[b, i, h] . dy[b, i, h]: which a softmax subtracts from every gradient of a weight.</summary>
    /// <param name="y">In, [B, Tq, heads].</param>
    /// <param name="dy">In, [B, Tq, heads].</param>
    /// <param name="rowDot">Out, [B, heads, Tq].</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>Launch: one thread a row of a head, any group size. Bound by bandwidth.</remarks>
    internal readonly struct RowDotKernel(DeviceHeads y, DeviceHeads dy, ArrayView<float> rowDot, AttentionSizes sizes)
        : IKernel
    {
        public void Run()
        {
            int item = Grid.GlobalIndex.X;
            if (item < rowDot.IntLength)
            {
                // Neighbouring threads have neighbouring heads of a position.
                int head = item % sizes.QueryHeads;
                int row = item / sizes.QueryHeads % sizes.Queries;
                int batch = item / sizes.QueryHeads / sizes.Queries;
                long at = y.At(batch, row, head);
                float sum = 0;
                for (int c = 0; c < sizes.HeadSize; c++)
                {
                    sum = KernelMath.FusedMultiplyAdd(y.Elements[at + c], dy.Elements[at + c], sum);
                }

                rowDot[((long)batch * sizes.QueryHeads + head) * sizes.Queries + row] = sum;
            }
        }
    }

    /// <summary>The inputs of the backward kernels that do not run on tensor cores.</summary>
    /// <param name="Q">[B, Tq, heads].</param>
    /// <param name="K">[B, Tk, shared heads].</param>
    /// <param name="V">[B, Tk, shared heads].</param>
    /// <param name="Dy">[B, Tq, heads].</param>
    /// <param name="LogSumExp">[B, heads, Tq], from the forward kernel.</param>
    /// <param name="RowDot">[B, heads, Tq], from <see cref="RowDotKernel"/>.</param>
    /// <param name="Sizes">The sizes.</param>
    internal readonly record struct BackwardOperands(
        DeviceHeads Q, DeviceHeads K, DeviceHeads V, DeviceHeads Dy, ArrayView<float> LogSumExp, ArrayView<float> RowDot,
        AttentionSizes Sizes);
}

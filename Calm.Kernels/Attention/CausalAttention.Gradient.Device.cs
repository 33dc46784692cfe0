using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>Which backward kernels a device runs, and what they share.</content>
public static partial class CausalAttention
{
    static partial void BackwardOnDevice(
        Tape tape, Heads q, Heads k, Heads v, AttentionSizes sizes, Tensor y, Tensor logSumExp, Tensor dy,
        HeadsGradient dq, HeadsGradient dk, HeadsGradient dv, ref bool done)
    {
        done = true;
        IlgpuDevice gpu = y.Gpu();
        bool usesTensorCores = y.Count > 0 && UsesTensorCores(gpu, sizes);
        BackwardOperands operands = new(gpu, q, k, v, sizes, y, logSumExp, dy, dq, dk, dv);
        if (usesTensorCores)
        {
            BackwardOnTensorCores(operands, sizes);
            return;
        }

        operands = operands with { RowDot = tape.Rent(logSumExp.Shape, Op).View() };
        if (y.Count > 0)
        {
            gpu.Kernel<DeviceHeads, DeviceHeads, ArrayView<float>, AttentionSizes>(RowDotKernel)(
                gpu.Queue, Launch.Items(gpu, logSumExp.Count), operands.Y, operands.Dy, operands.RowDot, sizes);
        }

        // One tensor may be queries, keys and values: what comes first overwrites, the others add.
        if (dq.Target is not null && y.Count > 0)
        {
            BackwardQuery(tape, operands, sizes);
        }

        if ((dk.Target is not null || dv.Target is not null) && k.Tensor.Count > 0)
        {
            BackwardKey(tape, operands, sizes);
        }
    }

    private static void BackwardQuery(Tape tape, in BackwardOperands operands, AttentionSizes sizes)
    {
        switch (ShapeFor(operands.Gpu, sizes.HeadSize))
        {
            case KernelShape.HeadSize16:
                BackwardQueryTiled<HeadSize16>(operands, sizes);
                break;
            case KernelShape.HeadSize32:
                BackwardQueryTiled<HeadSize32>(operands, sizes);
                break;
            case KernelShape.HeadSize64:
                BackwardQueryTiled<HeadSize64>(operands, sizes);
                break;
            case KernelShape.HeadSize128:
                BackwardQueryTiled<HeadSize128>(operands, sizes);
                break;
            case KernelShape.EmulatedHeadSize32:
                BackwardQueryTiled<EmulatedHeadSize32>(operands, sizes);
                break;
            default:
                BackwardQueryDirect(tape, operands, sizes);
                break;
        }
    }

    private static void BackwardKey(Tape tape, in BackwardOperands operands, AttentionSizes sizes)
    {
        switch (ShapeFor(operands.Gpu, sizes.HeadSize))
        {
            case KernelShape.HeadSize16:
                BackwardKeyTiled<HeadSize16>(operands, sizes);
                break;
            case KernelShape.HeadSize32:
                BackwardKeyTiled<HeadSize32>(operands, sizes);
                break;
            case KernelShape.HeadSize64:
                BackwardKeyTiled<HeadSize64>(operands, sizes);
                break;
            case KernelShape.HeadSize128:
                BackwardKeyTiled<HeadSize128>(operands, sizes);
                break;
            case KernelShape.EmulatedHeadSize32:
                BackwardKeyTiled<EmulatedHeadSize32>(operands, sizes);
                break;
            default:
                BackwardKeyDirect(tape, operands, sizes);
                break;
        }
    }

    /// <summary>rowDot[b, h, i] = y[b, i, h] . dy[b, i, h]: what a softmax takes off every gradient of a weight.</summary>
    /// <param name="y">In, [B, Tq, heads].</param>
    /// <param name="dy">In, [B, Tq, heads].</param>
    /// <param name="rowDot">Out, [B, heads, Tq].</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>Launch: one thread a row of a head, any group size. Bound by bandwidth.</remarks>
    private static void RowDotKernel(DeviceHeads y, DeviceHeads dy, ArrayView<float> rowDot, AttentionSizes sizes)
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

    /// <summary>What the backward kernels read and write.</summary>
    private readonly struct BackwardOperands(
        IlgpuDevice gpu, Heads q, Heads k, Heads v, AttentionSizes sizes, Tensor y, Tensor logSumExp, Tensor dy,
        HeadsGradient dq, HeadsGradient dk, HeadsGradient dv)
    {
        public IlgpuDevice Gpu { get; } = gpu;

        public DeviceHeads Q { get; } = new(q, sizes.HeadSize);

        public DeviceHeads K { get; } = new(k, sizes.HeadSize);

        public DeviceHeads V { get; } = new(v, sizes.HeadSize);

        public DeviceHeads Y { get; } = new(y, 0, sizes.HeadSize);

        public DeviceHeads Dy { get; } = new(dy, 0, sizes.HeadSize);

        public ArrayView<float> LogSumExp { get; } = logSumExp.View();

        /// <summary>Once it is there; not on tensor cores, which have <see cref="TensorStatistics"/>.</summary>
        public ArrayView<float> RowDot { get; init; }

        public DeviceGradient Dq { get; } = ToDevice(dq, sizes, dy);

        public DeviceGradient Dk { get; } = ToDevice(dk, sizes, dy);

        public DeviceGradient Dv { get; } = ToDevice(dv, sizes, dy);

        private static DeviceGradient ToDevice(HeadsGradient gradient, AttentionSizes sizes, Tensor unused) =>
            gradient.Target is { } target
                ? new(new(target.Tensor, gradient.FirstColumn, sizes.HeadSize), target.Accumulate)
                : new(new DeviceHeads(unused, 0, sizes.HeadSize));
    }
}

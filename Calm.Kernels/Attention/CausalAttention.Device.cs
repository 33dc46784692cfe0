using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The choice of the forward kernel: by the device's family, its precision and the size of a head.</content>
public static partial class CausalAttention
{
    private readonly partial struct Forward : ITiledWork, ITensorWork
    {
        private int AllHeads => sizes.Batch * sizes.QueryHeads;

        public void Run(IlgpuDevice gpu)
        {
            if (y.Count == 0)
            {
                return;
            }

            if (UsesTensorCores(gpu, sizes))
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

        public void RunOnTensorCores<THead>(IlgpuDevice gpu) where THead : struct, ITensorHead
        {
            TensorOperands<THead> packed = new(gpu, sizes, q, k, v);
            gpu.Launch(TensorHeadTile<THead>.Launch(sizes.Queries, AllHeads), new ForwardTensorKernel<THead>(
                packed.Q, packed.K, packed.V, ToDevice(new(y)), logSumExp.View(), sizes));
        }

        public void RunTiled<TGrid>(IlgpuDevice gpu) where TGrid : struct, IThreadGrid =>
            gpu.Launch(AttentionGroup<TGrid>.Launch(sizes.Queries, AllHeads, sizes.HeadSize), new ForwardTiledKernel<TGrid>(
                ToDevice(q), ToDevice(k), ToDevice(v), ToDevice(new(y)), logSumExp.View(), sizes));

        private void RunDirect(IlgpuDevice gpu)
        {
            int items = DirectItemsFor(gpu, ForwardItems, AllHeads, sizes.Queries, sizes.HeadSize);
            Tensor scratch = tape.Rent(new Shape(items, LaneScratch.Floats(tiles: 1, vectors: 2, sizes.HeadSize)), Op);
            gpu.Launch(new KernelConfig(items, 1), new ForwardDirectKernel(
                ToDevice(q), ToDevice(k), ToDevice(v), ToDevice(new(y)), logSumExp.View(), scratch.View(), sizes));
        }

        private DeviceHeads ToDevice(Heads heads) => new(heads, sizes.HeadSize);
    }
}

using Calm.Kernels;
using Calm.Runtime;
using ILGPU;

namespace KernelLadders;

/// <summary>Version 2: a group computes a square of y from squares of x and weight that it brings to shared memory.</summary>
public static class Linear2
{
    public static void Run(Tensor x, Tensor weight, Tensor y)
    {
        if (x.Gpu().Kind == DeviceKind.Emulated)
        {
            Run<Side4>(x, weight, y);
        }
        else
        {
            Run<Side16>(x, weight, y);
        }
    }

    private static void Run<TSide>(Tensor x, Tensor weight, Tensor y) where TSide : struct, IGroupSize => x.Gpu().Launch(
        Tiles<TSide>(y, TSide.Size),
        new ForwardKernel<TSide>(x.View(), weight.View(), y.View(), y.Rows, y.Columns, x.Columns));

    // One group a square of y of this width.
    internal static KernelConfig Tiles<TSide>(Tensor y, int width) where TSide : struct, IGroupSize => new(
        new Index2D((y.Columns + width - 1) / width, (y.Rows + width - 1) / width), new Index2D(TSide.Size * TSide.Size, 1));

    /// <remarks>
    /// Launch: [N / T, R / T] groups of T x T threads, T = 16. Shared memory: 2.1 KB. What changed: each float is fetched
    /// once for T threads, side by side. The column more keeps the threads of a warp in different banks.
    /// </remarks>
    public readonly struct ForwardKernel<TSide>(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int rows, int outputs, int depth) : IKernel
        where TSide : struct, IGroupSize
    {
        public void Run()
        {
            int width = TSide.Size + 1;
            ArrayView<float> xTile = SharedMemory.Allocate<float>(TSide.Size * (TSide.Size + 1));
            ArrayView<float> weightTile = SharedMemory.Allocate<float>(TSide.Size * (TSide.Size + 1));
            int line = Group.IdxX / TSide.Size;
            int step = Group.IdxX % TSide.Size;
            int row = Grid.IdxY * TSide.Size + line;
            int fetched = Grid.IdxX * TSide.Size + line;
            float sum = 0;
            for (int start = 0; start < depth; start += TSide.Size)
            {
                int k = start + step;
                xTile[line * width + step] = row < rows && k < depth ? x[(long)row * depth + k] : 0;
                weightTile[line * width + step] = fetched < outputs && k < depth ? weight[(long)fetched * depth + k] : 0;
                KernelGroup.Barrier();
                for (int s = 0; s < TSide.Size; s++)
                {
                    sum = KernelMath.FusedMultiplyAdd(xTile[line * width + s], weightTile[step * width + s], sum);
                }

                KernelGroup.Barrier(); // the next squares may overwrite these only after all have read them
            }

            int output = Grid.IdxX * TSide.Size + step;
            if (row < rows && output < outputs)
            {
                y[(long)row * outputs + output] = sum;
            }
        }
    }
}

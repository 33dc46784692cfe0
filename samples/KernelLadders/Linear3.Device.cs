using Calm.Kernels;
using Calm.Runtime;
using ILGPU;
using Lanes4 = Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>;

namespace KernelLadders;

/// <summary>Version 3: the same with 4 x 4 sums a thread in registers; floats move in quads.</summary>
public static class Linear3
{
    public static void Run(Tensor x, Tensor weight, Tensor y)
    {
        if (x.Columns % Lanes4.Count != 0)
        {
            Linear2.Run(x, weight, y);
        }
        else if (x.Gpu().Kind == DeviceKind.Emulated)
        {
            Run<Side4>(x, weight, y);
        }
        else
        {
            Run<Side16>(x, weight, y);
        }
    }

    private static void Run<TSide>(Tensor x, Tensor weight, Tensor y) where TSide : struct, IGroupSize => x.Gpu().Launch(
        Linear2.Tiles<TSide>(y, TSide.Size * Lanes4.Count),
        new ForwardKernel<TSide>(
            x.View().Cast<Lanes4>(), weight.View().Cast<Lanes4>(), y.View(), y.Rows, y.Columns, x.Columns / Lanes4.Count));

    /// <remarks>
    /// Launch: [N / 4 T, R / 4 T] groups of T x T threads, T = 16; depths that are no whole number of quads go to version 2.
    /// Shared memory: 8 KB. What changed: two loads of shared memory for sixteen multiply-adds instead of two for one.
    /// </remarks>
    public readonly struct ForwardKernel<TSide>(
        ArrayView<Lanes4> x, ArrayView<Lanes4> weight, ArrayView<float> y, int rows, int outputs, int depth) : IKernel
        where TSide : struct, IGroupSize
    {
        public void Run()
        {
            ArrayView<Lanes4> xTile = SharedMemory.Allocate<Lanes4>(TSide.Size * TSide.Size);
            ArrayView<Lanes4> weightTile = SharedMemory.Allocate<Lanes4>(TSide.Size * TSide.Size);
            int width = TSide.Size * Lanes4.Count;
            int threadRow = Group.IdxX / TSide.Size;
            int threadColumn = Group.IdxX % TSide.Size;

            // Each thread brings one quad of depth of one row of x and of weight, and writes it as a column.
            int quadsPerStep = TSide.Size / Lanes4.Count;
            int line = Group.IdxX / quadsPerStep;
            int quad = Group.IdxX % quadsPerStep;
            QuadRows sums = default;
            for (int start = 0; start < depth; start += quadsPerStep)
            {
                int at = quad * Lanes4.Count * width + line;
                Quads.StoreColumn(
                    Quads.Load(x, Grid.IdxY * width + line, rows, start + quad, depth), xTile.Cast<float>(), at, width);
                Quads.StoreColumn(
                    Quads.Load(weight, Grid.IdxX * width + line, outputs, start + quad, depth), weightTile.Cast<float>(), at,
                    width);
                KernelGroup.Barrier();
                for (int s = 0; s < TSide.Size; s++)
                {
                    sums.AddProducts(xTile[s * TSide.Size + threadRow], weightTile[s * TSide.Size + threadColumn]);
                }

                KernelGroup.Barrier();
            }

            int row = Grid.IdxY * width + threadRow * Lanes4.Count;
            int column = Grid.IdxX * width + threadColumn * Lanes4.Count;
            Quads.StoreRow(sums.First, y, row, rows, column, outputs);
            Quads.StoreRow(sums.Second, y, row + 1, rows, column, outputs);
            Quads.StoreRow(sums.Third, y, row + 2, rows, column, outputs);
            Quads.StoreRow(sums.Fourth, y, row + 3, rows, column, outputs);
        }
    }
}

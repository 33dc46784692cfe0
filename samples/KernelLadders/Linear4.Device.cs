using Calm.Runtime;
using ILGPU;
using Lanes16 = Calm.Runtime.LanePair<
    Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>>>;

namespace KernelLadders;

/// <summary>Version 4, for CPUs: four rows at once, sixteen lanes of depth, no shared tiles.</summary>
public static class Linear4
{
    private const int RowsPerItem = 4;
    private const int OutputsPerItem = 32;

    public static void Run(Tensor x, Tensor weight, Tensor y)
    {
        Index2D grid = new(
            (y.Columns + OutputsPerItem - 1) / OutputsPerItem, (y.Rows + RowsPerItem - 1) / RowsPerItem);
        x.Gpu().Launch(
            new KernelConfig(grid, new Index2D(1, 1)),
            new ForwardKernel(x.View(), weight.View(), y.View(), y.Rows, y.Columns, x.Columns));
    }

    /// <remarks>
    /// Launch: [N / 32, R / 4] groups of one thread. Shared memory: 64 B. What changed: nothing is copied, since the first
    /// cache holds what is used again; a load of weight serves four rows, in registers.
    /// </remarks>
    public readonly struct ForwardKernel(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int rows, int outputs, int depth) : IKernel
    {
        public void Run()
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(Lanes16.Count);
            int row = Grid.IdxY * RowsPerItem;
            int whole = depth / Lanes16.Count * Lanes16.Count;

            // Rows beyond the last are computed from the last, to the same result.
            long first = (long)row * depth;
            long second = (long)IntrinsicMath.Min(row + 1, rows - 1) * depth;
            long third = (long)IntrinsicMath.Min(row + 2, rows - 1) * depth;
            long fourth = (long)IntrinsicMath.Min(row + 3, rows - 1) * depth;
            int end = IntrinsicMath.Min(outputs, (Grid.IdxX + 1) * OutputsPerItem);
            for (int output = Grid.IdxX * OutputsPerItem; output < end; output++)
            {
                long at = (long)output * depth;
                Lanes16 a = Lanes16.Broadcast(0);
                Lanes16 b = a;
                Lanes16 c = a;
                Lanes16 d = a;
                for (int k = 0; k < whole; k += Lanes16.Count)
                {
                    Lanes16 w = Lanes16.Load(weight, at + k);
                    Lanes16.AddProduct(ref a, Lanes16.Load(x, first + k), w);
                    Lanes16.AddProduct(ref b, Lanes16.Load(x, second + k), w);
                    Lanes16.AddProduct(ref c, Lanes16.Load(x, third + k), w);
                    Lanes16.AddProduct(ref d, Lanes16.Load(x, fourth + k), w);
                }

                y[first / depth * outputs + output] = Finish(a, x, first, weight, at, whole, depth, shared);
                y[second / depth * outputs + output] = Finish(b, x, second, weight, at, whole, depth, shared);
                y[third / depth * outputs + output] = Finish(c, x, third, weight, at, whole, depth, shared);
                y[fourth / depth * outputs + output] = Finish(d, x, fourth, weight, at, whole, depth, shared);
            }
        }
    }

    // The sum of the lanes and of the products that fill no lanes.
    private static float Finish(
        Lanes16 lanes, ArrayView<float> x, long row, ArrayView<float> weight, long at, int start, int end,
        ArrayView<float> shared)
    {
        Lanes16.Store(lanes, shared, 0);
        float sum = 0;
        for (int lane = 0; lane < Lanes16.Count; lane++)
        {
            sum += shared[lane];
        }

        for (int k = start; k < end; k++)
        {
            sum = KernelMath.FusedMultiplyAdd(x[row + k], weight[at + k], sum);
        }

        return sum;
    }
}

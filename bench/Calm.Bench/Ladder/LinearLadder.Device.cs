using Calm.Kernels;
using Calm.Runtime;
using ILGPU;
using Lanes16 = Calm.Runtime.LanePair<
    Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>>>;
using Lanes4 = Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>;

namespace Calm.Bench;

/// <summary>
/// The matrix product y[r, o] = sum over i of x[r, i] * weight[o, i], bound by arithmetic, from one thread an element to
/// <see cref="Linear"/>. Both operands lie by rows of depth, so that no version needs a copy of them.
/// </summary>
internal static class LinearLadder
{
    private const int Size = 1024;
    private const int RowsPerItem = 4;
    private const int OutputsPerItem = 32;

    /// <summary>The ladder, timed at 1024 cubed.</summary>
    public static Ladder Create() => new(
        nameof(Linear), [.. LinearCases.Products()],
        [
            LinearCases.Plain(Size, Size, Size) with
            {
                Forward = new Cost(2.0 * Size * Size * Size, 3.0 * Size * Size * Tensor.ElementSize),
            },
        ],
        null,
        [
            new Rung("a thread an element", (tape, x) => ThreadAnElement(x[0], x[1], Output(tape, x))),
            new Rung("tiles in shared memory", (tape, x) => SharedTiles(x[0], x[1], Output(tape, x))),
            new Rung("4 x 4 a thread, quads", (tape, x) => RegisterTiles(x[0], x[1], Output(tape, x))),
            new Rung("4 rows a thread, 16 lanes", (tape, x) => LaneRows(x[0], x[1], Output(tape, x))),
            new Rung("in use", (tape, x) => Linear.Apply(tape, x[0], x[1])),
        ]);

    private static Tensor Output(Tape tape, Tensor[] x) =>
        tape.Rent(x[0].Shape.WithColumns(x[1].Rows), nameof(LinearLadder));

    private static Tensor ThreadAnElement(Tensor x, Tensor weight, Tensor y)
    {
        x.Gpu().Launch(
            Launch.Matrix(x.Gpu(), y.Rows, y.Columns),
            new ThreadAnElementKernel(x.View(), weight.View(), y.View(), y.Rows, y.Columns, x.Columns));
        return y;
    }

    private static Tensor SharedTiles(Tensor x, Tensor weight, Tensor y) =>
        x.Gpu().Kind == DeviceKind.Emulated ? SharedTiles<Side4>(x, weight, y) : SharedTiles<Side16>(x, weight, y);

    private static Tensor SharedTiles<TSide>(Tensor x, Tensor weight, Tensor y) where TSide : struct, ITileSide
    {
        x.Gpu().Launch(
            Tiles<TSide>(y, TSide.Threads),
            new SharedTilesKernel<TSide>(x.View(), weight.View(), y.View(), y.Rows, y.Columns, x.Columns));
        return y;
    }

    private static Tensor RegisterTiles(Tensor x, Tensor weight, Tensor y) =>
        x.Columns % Lanes4.Count != 0 ? SharedTiles(x, weight, y)
        : x.Gpu().Kind == DeviceKind.Emulated ? RegisterTiles<Side4>(x, weight, y)
        : RegisterTiles<Side16>(x, weight, y);

    private static Tensor RegisterTiles<TSide>(Tensor x, Tensor weight, Tensor y) where TSide : struct, ITileSide
    {
        x.Gpu().Launch(Tiles<TSide>(y, TSide.Threads * Lanes4.Count), new RegisterTilesKernel<TSide>(
            x.View().Cast<Lanes4>(), weight.View().Cast<Lanes4>(), y.View(), y.Rows, y.Columns, x.Columns / Lanes4.Count));
        return y;
    }

    private static KernelConfig Tiles<TSide>(Tensor y, int width) where TSide : struct, ITileSide => new(
        new Index2D((y.Columns + width - 1) / width, (y.Rows + width - 1) / width),
        new Index2D(TSide.Threads * TSide.Threads, 1));

    private static Tensor LaneRows(Tensor x, Tensor weight, Tensor y)
    {
        Index2D grid = new(
            (y.Columns + OutputsPerItem - 1) / OutputsPerItem, (y.Rows + RowsPerItem - 1) / RowsPerItem);
        x.Gpu().Launch(
            new KernelConfig(grid, new Index2D(1, 1)),
            new LaneRowsKernel(x.View(), weight.View(), y.View(), y.Rows, y.Columns, x.Columns));
        return y;
    }

    /// <summary>Version 1: the definition, one thread an element of y.</summary>
    /// <param name="x">In, [R, K].</param>
    /// <param name="weight">In, [N, K].</param>
    /// <param name="y">Out, [R, N].</param>
    /// <param name="rows">R.</param>
    /// <param name="outputs">N.</param>
    /// <param name="depth">K.</param>
    /// <remarks>
    /// Launch: one thread an element. Weakness: two loads a multiply-add, and neighbouring threads read the weight
    /// K floats apart.
    /// </remarks>
    internal readonly struct ThreadAnElementKernel(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int rows, int outputs, int depth) : IKernel
    {
        public void Run()
        {
            MatrixPlace place = new(rows, outputs);
            if (place.IsInside)
            {
                long xRow = (long)place.Row * depth;
                long weightRow = (long)place.Column * depth;
                float sum = 0;
                for (int k = 0; k < depth; k++)
                {
                    sum = KernelMath.FusedMultiplyAdd(x[xRow + k], weight[weightRow + k], sum);
                }

                y[(long)place.Row * outputs + place.Column] = sum;
            }
        }
    }

    /// <summary>Version 2: a group computes a square of y from squares of x and weight that it brings to shared memory.</summary>
    /// <param name="x">In, [R, K].</param>
    /// <param name="weight">In, [N, K].</param>
    /// <param name="y">Out, [R, N].</param>
    /// <param name="rows">R.</param>
    /// <param name="outputs">N.</param>
    /// <param name="depth">K.</param>
    /// <remarks>
    /// Launch: [N / T, R / T] groups of T x T threads, T = 16. Shared memory: 2.1 KB. What changed: each float is fetched
    /// once for T threads, side by side. The column more keeps the threads of a warp in different banks.
    /// </remarks>
    internal readonly struct SharedTilesKernel<TSide>(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int rows, int outputs, int depth) : IKernel
        where TSide : struct, ITileSide
    {
        public void Run()
        {
            int width = TSide.Threads + 1;
            ArrayView<float> xTile = SharedMemory.Allocate<float>(TSide.Threads * (TSide.Threads + 1));
            ArrayView<float> weightTile = SharedMemory.Allocate<float>(TSide.Threads * (TSide.Threads + 1));
            int line = Group.IdxX / TSide.Threads;
            int step = Group.IdxX % TSide.Threads;
            int row = Grid.IdxY * TSide.Threads + line;
            int fetched = Grid.IdxX * TSide.Threads + line;
            float sum = 0;
            for (int start = 0; start < depth; start += TSide.Threads)
            {
                int k = start + step;
                xTile[line * width + step] = row < rows && k < depth ? x[(long)row * depth + k] : 0;
                weightTile[line * width + step] = fetched < outputs && k < depth ? weight[(long)fetched * depth + k] : 0;
                KernelGroup.Barrier();
                for (int s = 0; s < TSide.Threads; s++)
                {
                    sum = KernelMath.FusedMultiplyAdd(xTile[line * width + s], weightTile[step * width + s], sum);
                }

                KernelGroup.Barrier(); // the next squares may overwrite these only after all have read them
            }

            int output = Grid.IdxX * TSide.Threads + step;
            if (row < rows && output < outputs)
            {
                y[(long)row * outputs + output] = sum;
            }
        }
    }

    /// <summary>Version 3: the same with 4 x 4 sums a thread in registers; floats move in quads.</summary>
    /// <param name="x">In, [R, Q], Q quads of depth.</param>
    /// <param name="weight">In, [N, Q].</param>
    /// <param name="y">Out, [R, N].</param>
    /// <param name="rows">R.</param>
    /// <param name="outputs">N.</param>
    /// <param name="depth">Q.</param>
    /// <remarks>
    /// Launch: [N / 4 T, R / 4 T] groups of T x T threads, T = 16; depths that are no whole number of quads go to version 2.
    /// Shared memory: 8 KB. What changed: two loads of shared memory for sixteen multiply-adds instead of two for one.
    /// </remarks>
    internal readonly struct RegisterTilesKernel<TSide>(
        ArrayView<Lanes4> x, ArrayView<Lanes4> weight, ArrayView<float> y, int rows, int outputs, int depth) : IKernel
        where TSide : struct, ITileSide
    {
        public void Run()
        {
            ArrayView<Lanes4> xTile = SharedMemory.Allocate<Lanes4>(TSide.Threads * TSide.Threads);
            ArrayView<Lanes4> weightTile = SharedMemory.Allocate<Lanes4>(TSide.Threads * TSide.Threads);
            int width = TSide.Threads * Lanes4.Count;
            int threadRow = Group.IdxX / TSide.Threads;
            int threadColumn = Group.IdxX % TSide.Threads;

            // Each thread brings one quad of depth of one row of x and of weight, and writes it as a column.
            int quadsPerStep = TSide.Threads / Lanes4.Count;
            int line = Group.IdxX / quadsPerStep;
            int quad = Group.IdxX % quadsPerStep;
            FourRows<Lanes4> sums = default;
            for (int start = 0; start < depth; start += quadsPerStep)
            {
                int at = quad * Lanes4.Count * width + line;
                StoreColumn(Quad(x, Grid.IdxY * width + line, rows, start + quad, depth), xTile.Cast<float>(), at, width);
                StoreColumn(
                    Quad(weight, Grid.IdxX * width + line, outputs, start + quad, depth), weightTile.Cast<float>(), at, width);
                KernelGroup.Barrier();
                for (int s = 0; s < TSide.Threads; s++)
                {
                    sums.AddProducts(xTile[s * TSide.Threads + threadRow], weightTile[s * TSide.Threads + threadColumn]);
                }

                KernelGroup.Barrier();
            }

            int row = Grid.IdxY * width + threadRow * Lanes4.Count;
            int column = Grid.IdxX * width + threadColumn * Lanes4.Count;
            StoreRow(sums.First, y, row, rows, column, outputs);
            StoreRow(sums.Second, y, row + 1, rows, column, outputs);
            StoreRow(sums.Third, y, row + 2, rows, column, outputs);
            StoreRow(sums.Fourth, y, row + 3, rows, column, outputs);
        }
    }

    private static Lanes4 Quad(ArrayView<Lanes4> source, int row, int rows, int quad, int quads) =>
        row < rows && quad < quads ? source[(long)row * quads + quad] : default;

    private static void StoreColumn(Lanes4 value, ArrayView<float> tile, int at, int width)
    {
        tile[at] = value.X;
        tile[at + width] = value.Y;
        tile[at + 2 * width] = value.Z;
        tile[at + 3 * width] = value.W;
    }

    private static void StoreRow(Lanes4 value, ArrayView<float> y, int row, int rows, int column, int columns)
    {
        if (row < rows && column < columns)
        {
            KernelLanes.Store(value, y, (long)row * columns + column, columns - column);
        }
    }

    /// <summary>Version 4, for CPUs: four rows at once, sixteen lanes of depth, no shared tiles.</summary>
    /// <param name="x">In, [R, K].</param>
    /// <param name="weight">In, [N, K].</param>
    /// <param name="y">Out, [R, N].</param>
    /// <param name="rows">R.</param>
    /// <param name="outputs">N.</param>
    /// <param name="depth">K.</param>
    /// <remarks>
    /// Launch: [N / 32, R / 4] groups of one thread. Shared memory: 64 B. What changed: nothing is copied, since the first
    /// cache holds what is used again; a load of weight serves four rows, in registers.
    /// </remarks>
    internal readonly struct LaneRowsKernel(
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

    /// <summary>The sum of the lanes and of the products that fill no lanes.</summary>
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

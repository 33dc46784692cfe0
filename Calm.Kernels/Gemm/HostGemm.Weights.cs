using Calm.Runtime;

namespace Calm.Kernels;

/// <content>Products with weights, which a tape for generation keeps packed: <see cref="Tape.Derived"/>.</content>
internal static unsafe partial class HostGemm
{
    /// <summary>
    /// C = A W^T + epilogue, where W may be the first columns of a wider matrix, with the bits of <see cref="Multiply"/>.
    /// </summary>
    /// <param name="host">Whose threads and workspace.</param>
    /// <param name="tape">Which may keep W packed.</param>
    /// <param name="rows">M.</param>
    /// <param name="a">M by K.</param>
    /// <param name="weight">W, [N, K or more].</param>
    /// <param name="depth">K.</param>
    /// <param name="c">First element of C, [M, N].</param>
    /// <param name="epilogue">Added to the product.</param>
    /// <param name="precision">Of the operands.</param>
    public static void MultiplyByWeight(
        HostDevice host, Tape tape, int rows, HostMatrix a, Tensor weight, int depth, float* c, Epilogue epilogue,
        Precision precision)
    {
        int columns = weight.Rows;
        ProductTiles tiles = new(c, columns, accumulate: false, epilogue);
        bool isThin = rows <= MostThinRows;
        if (rows is > 0 and <= MostSingleRows && Keep(tape, weight, SingleRowColumns, depth) is { } row)
        {
            host.Profiler?.Count(2.0 * rows * columns * depth);
            MultiplySingleRows(host, rows, depth, a, row, tiles);
        }
        else if (!isThin && precision == Precision.Float32 && Keep(tape, weight, PanelSizes(host).Columns, depth) is { } all)
        {
            host.Profiler?.Count(2.0 * rows * columns * depth);
            int panelRows = PanelSizes(host).Rows;
            long aFloats = PackedOperand.FloatsFor(RowsPerChunk, panelRows, DepthBlock);
            float* workspace = host.Workspace(host.Team.Threads * aFloats);
            RowJob product = new(Packing.OfA(a, 0, precision), rows, panelRows, all, tiles, workspace, aFloats);
            host.Team.Run(product.ChunkCount, product);
        }
        else
        {
            Multiply(
                host, rows, columns, depth, a, HostMatrix.TransposeOf(weight), c, columns, accumulate: false, epilogue,
                precision);
        }
    }

    /// <summary>Panels of W^T that the tape keeps, packed at their first use; null if it keeps none.</summary>
    private static PackedBlocks? Keep(Tape tape, Tensor weight, int panelColumns, int depth)
    {
        if (tape.Derived is null || depth > DepthAtOnce || weight.Rows > ColumnsAtOnce)
        {
            return null;
        }

        string owner = panelColumns == SingleRowColumns ? "rows by weights" : "products by weights";
        long floats = PackedBlocks.FloatsFor(weight.Rows, panelColumns, depth);
        Tensor? packed = tape.Derived.Of(weight, floats, owner, (source, form) =>
        {
            PackJob pack = new(
                Packing.OfB(HostMatrix.TransposeOf(source), 0, 0, Precision.Float32),
                new PackedBlocks(form.Pointer, source.Rows, panelColumns, depth));
            ((HostDevice)source.Device).Team.Run(pack.ChunkCount, pack);
        });
        return packed is null ? null : new PackedBlocks(packed.Pointer, weight.Rows, panelColumns, depth);
    }
}

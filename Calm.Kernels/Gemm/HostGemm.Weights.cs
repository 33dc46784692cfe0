using Calm.Runtime;

namespace Calm.Kernels;

/// <content>Products with weights, which a tape for generation keeps packed: <see cref="Tape.PackedWeights"/>.</content>
internal static unsafe partial class HostGemm
{
    /// <summary>
    /// C = A W^T + epilogue, where W may be the first columns of a wider matrix, with the bits of <see cref="Multiply"/>.
    /// </summary>
    /// <param name="host">The device whose threads and workspace it uses.</param>
    /// <param name="tape">The tape, which may keep W packed.</param>
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
        if (rows is > 0 and <= MostSingleRows && KeepRows(host, tape, weight, depth) is { } panels)
        {
            host.CountProducts(2.0 * rows * columns * depth);
            MultiplySingleRows(host, rows, depth, a, panels, new ProductTiles(c, columns, accumulate: false, epilogue));
            return;
        }

        bool packs = rows > MostSingleRows && precision == Precision.Float32;
        Multiply(
            host, rows, columns, depth, a, HostMatrix.TransposeOf(weight), c, columns, accumulate: false, epilogue, precision,
            packs ? Keep(host, tape, weight, depth) : null);
    }

    /// <summary>Panels of W^T for any number of rows; null if the tape keeps none.</summary>
    private static PackedWeight? Keep(HostDevice host, Tape tape, Tensor weight, int depth)
    {
        int panelColumns = PanelSizes(host).Columns;
        long floats = PackedWeight.FloatsFor(weight.Rows, depth, panelColumns);
        Tensor? memory = tape.PackedWeights?.Of(weight, floats, "products by weights", (source, form) =>
            new PackedWeight(form, source.Rows, depth, panelColumns).Pack(host, source));
        return memory is null ? null : new PackedWeight(memory, weight.Rows, depth, panelColumns);
    }

    /// <summary>Panels of W^T for a row or two; null if the tape keeps none.</summary>
    private static PackedBlocks? KeepRows(HostDevice host, Tape tape, Tensor weight, int depth)
    {
        long floats = PackedBlocks.FloatsFor(weight.Rows, SingleRowColumns, depth);
        Tensor? packed = tape.PackedWeights?.Of(weight, floats, "rows by weights", (source, form) => Pack(
            host, HostMatrix.TransposeOf(source), 0, 0,
            new PackedBlocks(form.Pointer, source.Rows, SingleRowColumns, depth), Precision.Float32));
        return packed is null ? null : new PackedBlocks(packed.Pointer, weight.Rows, SingleRowColumns, depth);
    }
}

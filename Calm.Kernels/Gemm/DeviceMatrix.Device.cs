using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>An operand of a product in device memory: rows with a stride, read as they are or transposed.</summary>
/// <param name="Elements">From the first element on.</param>
/// <param name="Stride">Distance between stored rows.</param>
/// <param name="Transposed">Whether element (i, j) of the operand is element (j, i) in memory.</param>
internal readonly record struct DeviceMatrix(ArrayView<float> Elements, int Stride, bool Transposed)
{
    /// <summary>A tensor as a matrix of its rows, from a column on.</summary>
    public static DeviceMatrix Of(Tensor tensor, int firstColumn = 0) => new(From(tensor, firstColumn), tensor.Columns, false);

    /// <summary>A tensor's rows as columns, from a column on.</summary>
    public static DeviceMatrix TransposeOf(Tensor tensor, int firstColumn = 0) =>
        new(From(tensor, firstColumn), tensor.Columns, true);

    /// <summary>An operand of a product of tensors.</summary>
    public static DeviceMatrix Of(MatrixOperand operand) =>
        new(From(operand.Tensor, operand.FirstColumn), operand.Tensor.Columns, operand.Transposed);

    /// <summary>Whether four elements that are neighbours in memory can be read at once, from every fourth on.</summary>
    public bool IsInQuads => Stride % Lanes4.Count == 0 && IndexOf(Elements) % Lanes4.Count == 0;

    /// <summary>The rows from one on.</summary>
    public DeviceMatrix FromRow(int row) => From(Transposed ? row : (long)row * Stride);

    /// <summary>The columns from one on.</summary>
    public DeviceMatrix FromColumn(int column) => From(Transposed ? (long)column * Stride : column);

    private DeviceMatrix From(long element) =>
        this with { Elements = Elements.SubView(element, Elements.Length - element) };

    // A generic argument, because a cast to the interface would allocate.
    private static long IndexOf<TView>(TView view) where TView : IContiguousArrayView => view.Index;

    private static ArrayView<float> From(Tensor tensor, int firstColumn) =>
        tensor.View().SubView(firstColumn, tensor.Count - firstColumn);
}

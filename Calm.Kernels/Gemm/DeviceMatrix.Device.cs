using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>An operand of a product in device memory: rows with a stride, read as they are or transposed.</summary>
/// <param name="Elements">From the first element on; empty for bfloat16.</param>
/// <param name="Stride">Distance between stored rows.</param>
/// <param name="Transposed">Whether element (i, j) of the operand is element (j, i) in memory.</param>
internal readonly record struct DeviceMatrix(ArrayView<float> Elements, int Stride, bool Transposed)
{
    /// <summary>The elements of a bfloat16 matrix, from the first on; empty for floats.</summary>
    public ArrayView<ushort> Halves { get; private init; }

    /// <summary>A form of B that the step keeps, as products on tensor cores read it; empty if it keeps none.</summary>
    public ArrayView<uint> Packed { get; init; }

    /// <summary>Whether its elements are bfloat16.</summary>
    public bool IsBFloat16 => Halves.IsValid;

    /// <summary>A tensor as a matrix of its rows, from a column on.</summary>
    public static DeviceMatrix Of(Tensor tensor, int firstColumn = 0) => Of(new MatrixOperand(tensor, firstColumn));

    /// <summary>A tensor's rows as columns, from a column on.</summary>
    public static DeviceMatrix TransposeOf(Tensor tensor, int firstColumn = 0) =>
        Of(new MatrixOperand(tensor, firstColumn, Transposed: true));

    /// <summary>An operand of a product of tensors.</summary>
    public static DeviceMatrix Of(MatrixOperand operand)
    {
        (Tensor tensor, int first, bool transposed) = operand;
        return tensor.ElementType == ElementType.BFloat16
            ? new(default, tensor.Columns, transposed) { Halves = From(tensor.BFloat16View(), first) }
            : new(From(tensor.View(), first), tensor.Columns, transposed);
    }

    /// <summary>Whether four elements that are neighbours in memory can be read at once, from every fourth on.</summary>
    public bool IsInQuads => Stride % Lanes4.Count == 0 && IndexOf(Elements) % Lanes4.Count == 0;

    /// <summary>The rows from one on.</summary>
    public DeviceMatrix FromRow(int row) => From(Transposed ? row : (long)row * Stride);

    /// <summary>The columns from one on.</summary>
    public DeviceMatrix FromColumn(int column) => From(Transposed ? (long)column * Stride : column);

    private DeviceMatrix From(long element) => IsBFloat16
        ? this with { Halves = From(Halves, element) }
        : this with { Elements = From(Elements, element) };

    private static ArrayView<T> From<T>(ArrayView<T> view, long element) where T : unmanaged =>
        view.SubView(element, view.Length - element);

    // A generic argument, because a cast to the interface would allocate.
    private static long IndexOf<TView>(TView view) where TView : IContiguousArrayView => view.Index;
}

using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>An operand of a product in host memory: rows with a stride, read as they are or transposed.</summary>
/// <param name="Data">First element.</param>
/// <param name="Stride">Distance between stored rows.</param>
/// <param name="Transposed">Whether element (i, j) of the operand is element (j, i) in memory.</param>
internal readonly unsafe record struct HostMatrix(nint Data, long Stride, bool Transposed)
{
    /// <summary>A tensor as a matrix of its rows.</summary>
    public static HostMatrix Of(Tensor tensor) => new((nint)tensor.Pointer, tensor.Columns, false);

    /// <summary>A tensor's rows as columns.</summary>
    public static HostMatrix TransposeOf(Tensor tensor) => new((nint)tensor.Pointer, tensor.Columns, true);

    /// <summary>An operand of a product of tensors.</summary>
    public static HostMatrix Of(MatrixOperand operand) =>
        new((nint)(operand.Tensor.Pointer + operand.FirstColumn), operand.Tensor.Columns, operand.Transposed);

    /// <summary>Address of element (i, j).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* At(long i, long j) => (float*)Data + (Transposed ? j * Stride + i : i * Stride + j);
}

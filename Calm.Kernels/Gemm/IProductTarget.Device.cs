using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>C as products on tensor cores write it.</summary>
internal interface IProductTarget
{
    /// <summary>Writes four neighbouring sums, with bias and addend.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="layer">First element of C.</param>
    /// <param name="sizes">Sizes, and what to add.</param>
    /// <param name="row">The row of C.</param>
    /// <param name="column">The first column.</param>
    /// <param name="bias">[N], if there is one.</param>
    /// <param name="addend">[M / repeat, N], if there is one.</param>
    void Write(
        Lanes4 sums, long layer, ProductSizes sizes, int row, int column, ArrayView<float> bias, ArrayView<float> addend);
}

/// <summary>Floats.</summary>
internal readonly struct FloatTarget(ArrayView<float> c) : IProductTarget
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(
        Lanes4 sums, long layer, ProductSizes sizes, int row, int column, ArrayView<float> bias, ArrayView<float> addend) =>
        sizes.Write(sums, isFirst: true, isLast: true, row, column, c.SubView(layer), bias, addend);
}

/// <summary>bfloat16 numbers, four at once.</summary>
internal readonly struct BFloat16Target(ArrayView<ushort> c) : IProductTarget
{
    /// <summary>Whether it serves a product: one that is written by fours, and nothing added to what is there.</summary>
    public static bool Fits(in DeviceProduct product) =>
        !product.Accumulate && product.Columns % Lanes4.Count == 0 && product.C.Stride % Lanes4.Count == 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(
        Lanes4 sums, long layer, ProductSizes sizes, int row, int column, ArrayView<float> bias, ArrayView<float> addend)
    {
        Lanes4 value = sizes.WithEpilogue(sums, row, column, bias, addend);
        long at = layer + (long)row * sizes.CStride + column;
        ulong low = TensorCore.Pack(value.X, value.Y);
        ulong high = TensorCore.Pack(value.Z, value.W);
        c.Cast<ulong>()[at / Lanes4.Count] = low | (high << 32);
    }
}

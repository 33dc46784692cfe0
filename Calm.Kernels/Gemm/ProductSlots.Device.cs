using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Layout of the partial sums of a product, one for each block of depth: block s, row i, column j at s * Block + i * Row +
/// j * Column.
/// </summary>
internal readonly record struct ProductSlots(long Block, int Row, int Column)
{
    /// <summary>Partial sums in the layout of C, one block after the other.</summary>
    public static ProductSlots Of(DeviceProduct product) => new(product.Count, product.Columns, 1);

    /// <summary>Adds the blocks in their order: c[i, j] (+)= sum over s of slots[s, i, j], and the epilogue.</summary>
    public void Sum(IlgpuDevice gpu, ArrayView<float> slots, in DeviceProduct product, int blocks) => gpu.LaunchItems(
        product.Count,
        new SumSlotsKernel(
            slots, product.C.Elements, product.Bias, product.Addend, new ProductSizes(product, blocks), this));

    /// <summary>c[i, j] (+)= sum over s of slots[s, i, j], in the order of s, + bias[j] + addend[i / repeat, j].</summary>
    /// <param name="slots">In, one for each block of depth.</param>
    /// <param name="c">In and out, [M, N].</param>
    /// <param name="bias">In, [N], if there is one.</param>
    /// <param name="addend">In, [M / repeat, N], if there is one.</param>
    /// <param name="sizes">Sizes, and what to add.</param>
    /// <param name="layout">Layout of the slots.</param>
    /// <remarks>Launch: one thread an element of c, any group size. Bound by bandwidth: reads S M N floats.</remarks>
    internal readonly struct SumSlotsKernel(
        ArrayView<float> slots, ArrayView<float> c, ArrayView<float> bias, ArrayView<float> addend, ProductSizes sizes,
        ProductSlots layout) : IKernel
    {
        public void Run()
        {
            long element = Grid.GlobalLinearIndex;
            if (element < (long)sizes.Rows * sizes.Columns)
            {
                int row = (int)(element / sizes.Columns);
                int column = (int)(element - (long)row * sizes.Columns);
                long at = (long)row * layout.Row + (long)column * layout.Column;
                int blocks = sizes.Blocks;
                for (int block = 0; block < blocks; block++)
                {
                    sizes.Write(new KernelNumber(slots[at]), block == 0, block == blocks - 1, row, column, c, bias, addend);
                    at += layout.Block;
                }
            }
        }
    }
}

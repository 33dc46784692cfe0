using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Matrix products on a device: C[M, N] (+)= A[M, K] B[K, N] + epilogue.</summary>
internal static class DeviceGemm
{
    /// <summary>Computes the product.</summary>
    /// <param name="gpu">Where.</param>
    /// <param name="rows">M.</param>
    /// <param name="columns">N.</param>
    /// <param name="depth">K.</param>
    /// <param name="a">M by K.</param>
    /// <param name="b">K by N.</param>
    /// <param name="c">C, as stored.</param>
    /// <param name="accumulate">Whether to add to C; otherwise its contents are ignored.</param>
    /// <param name="epilogue">Added to the product.</param>
    public static void Multiply(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate,
        DeviceEpilogue epilogue = default)
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        ProductSizes sizes = new(rows, columns, depth, a, b, c.Stride, accumulate, epilogue);
        gpu.Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ProductSizes>(
            ProductKernel)(
            gpu.Queue, Launch.Items(gpu, (long)rows * columns), a.Elements, b.Elements, c.Elements,
            epilogue.Bias?.View() ?? c.Elements, epilogue.Addend?.View() ?? c.Elements, sizes);
    }

    /// <summary>c[i, j] (+)= sum over k of a[i, k] b[k, j] + bias[j] + addend[i / repeat, j].</summary>
    /// <param name="a">In, M by K.</param>
    /// <param name="b">In, K by N.</param>
    /// <param name="c">In and out, M by N.</param>
    /// <param name="bias">In, [N], if there is one.</param>
    /// <param name="addend">In, [M / repeat, N], if there is one.</param>
    /// <param name="sizes">Sizes, distances and what to add.</param>
    /// <remarks>Launch: one thread an element of c, any group size. Bound by memory: reads 2 M N K floats.</remarks>
    private static void ProductKernel(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> bias, ArrayView<float> addend,
        ProductSizes sizes)
    {
        int element = Grid.GlobalIndex.X;
        if (element < sizes.Rows * sizes.Columns)
        {
            int i = element / sizes.Columns;
            int j = element - i * sizes.Columns;
            float sum = 0;
            for (int k = 0; k < sizes.Depth; k++)
            {
                sum = KernelMath.FusedMultiplyAdd(
                    a[(long)i * sizes.ARow + (long)k * sizes.AColumn], b[(long)k * sizes.BRow + (long)j * sizes.BColumn], sum);
            }

            ArrayView<float> target = c;
            long at = (long)i * sizes.CRow + j;
            sum = sizes.Accumulate != 0 ? target[at] + sum : sum;
            sum = sizes.HasBias != 0 ? sum + bias[j] : sum;
            target[at] = sizes.HasAddend != 0 ? sum + addend[(long)(i / sizes.Repeat) * sizes.Columns + j] : sum;
        }
    }
}

/// <summary>Sizes of a product and distances of its operands, as a parameter of a kernel.</summary>
internal readonly struct ProductSizes
{
    public ProductSizes(
        int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, int cRow, bool accumulate, DeviceEpilogue epilogue)
    {
        (Rows, Columns, Depth) = (rows, columns, depth);
        (ARow, AColumn) = a.Transposed ? (1, a.Stride) : (a.Stride, 1);
        (BRow, BColumn) = b.Transposed ? (1, b.Stride) : (b.Stride, 1);
        CRow = cRow;
        Accumulate = accumulate ? 1 : 0;
        HasBias = epilogue.Bias is null ? 0 : 1;
        HasAddend = epilogue.Addend is null ? 0 : 1;
        Repeat = Math.Max(1, epilogue.Repeat);
    }

    public int Rows { get; }

    public int Columns { get; }

    public int Depth { get; }

    public int ARow { get; }

    public int AColumn { get; }

    public int BRow { get; }

    public int BColumn { get; }

    public int CRow { get; }

    public int Accumulate { get; }

    public int HasBias { get; }

    public int HasAddend { get; }

    public int Repeat { get; }
}

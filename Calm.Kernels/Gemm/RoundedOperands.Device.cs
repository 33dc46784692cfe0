using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Operands as kernels without tensor cores multiply them: floats, rounded to bfloat16 where that is the precision. They stay
/// floats in memory: these kernels gain nothing from half the bytes.
/// </summary>
internal static class RoundedOperands
{
    /// <summary>The product of dense copies of operands, in the device's second workspace.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="product">The product.</param>
    /// <param name="all">Whether to round both operands, or only to widen those that are bfloat16.</param>
    public static DeviceProduct Of(IlgpuDevice gpu, in DeviceProduct product, bool all)
    {
        bool copiesA = all || product.A.IsBFloat16;
        bool copiesB = all || product.B.IsBFloat16;
        if (!copiesA && !copiesB)
        {
            return product;
        }

        long aFloats = copiesA ? ((long)product.Rows * product.Depth + 63) / 64 * 64 : 0;
        long bFloats = copiesB ? (long)product.Depth * product.Columns : 0;
        ArrayView<float> workspace = gpu.Workspace(aFloats + bFloats, which: 1);
        DeviceProduct rounded = product;
        if (copiesA)
        {
            ArrayView<float> target = workspace.SubView(0, aFloats);
            rounded = rounded with { A = Copy(gpu, product.A, product.Rows, product.Depth, target) };
        }

        if (copiesB)
        {
            ArrayView<float> target = workspace.SubView(aFloats, bFloats);
            rounded = rounded with { B = Copy(gpu, product.B, product.Depth, product.Columns, target) };
        }

        return rounded;
    }

    private static DeviceMatrix Copy(IlgpuDevice gpu, DeviceMatrix source, int rows, int columns, ArrayView<float> target)
    {
        (int lines, int width) = source.Transposed ? (columns, rows) : (rows, columns);
        FloatElements copy = new(target);
        if (lines > 0 && width > 0 && source.IsBFloat16)
        {
            RoundingCopy.Rows(gpu, new BFloat16Elements(source.Halves), source.Stride, lines, width, copy);
        }
        else if (lines > 0 && width > 0)
        {
            RoundingCopy.Rows(gpu, new FloatElements(source.Elements), source.Stride, lines, width, copy);
        }

        return new DeviceMatrix(target, width, source.Transposed);
    }
}

using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Operands rounded to bfloat16 for devices without tensor cores: the same numbers, multiplied in float32. They stay floats
/// in memory: kernels without tensor cores gain nothing from half the bytes.
/// </summary>
internal static class RoundedOperands
{
    /// <summary>The product of rounded copies of both operands, dense, in the device's second workspace.</summary>
    public static DeviceProduct Of(IlgpuDevice gpu, in DeviceProduct product)
    {
        long aFloats = ((long)product.Rows * product.Depth + 63) / 64 * 64;
        long bFloats = (long)product.Depth * product.Columns;
        ArrayView<float> workspace = gpu.Workspace(aFloats + bFloats, which: 1);
        return product with
        {
            A = Copy(gpu, product.A, product.Rows, product.Depth, workspace.SubView(0, aFloats)),
            B = Copy(gpu, product.B, product.Depth, product.Columns, workspace.SubView(aFloats, bFloats)),
        };
    }

    private static DeviceMatrix Copy(IlgpuDevice gpu, DeviceMatrix source, int rows, int columns, ArrayView<float> target)
    {
        (int lines, int width) = source.Transposed ? (columns, rows) : (rows, columns);
        if (lines > 0 && width > 0)
        {
            RoundingCopy.Rows(gpu, source.Elements, source.Stride, lines, width, target);
        }

        return new DeviceMatrix(target, width, source.Transposed);
    }
}

using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Operands rounded to bfloat16 for devices without tensor cores: the same numbers, multiplied in float32. They stay floats
/// in memory, since what reads them gains nothing there from half the bytes.
/// </summary>
internal static class RoundedOperands
{
    /// <summary>Rounded copies of both operands, dense, in the device's second workspace.</summary>
    public static (DeviceMatrix A, DeviceMatrix B) Of(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b)
    {
        long aFloats = ((long)rows * depth + 63) / 64 * 64;
        long bFloats = (long)depth * columns;
        ArrayView<float> workspace = gpu.Workspace(aFloats + bFloats, which: 1);
        return (
            Copy(gpu, a, rows, depth, workspace.SubView(0, aFloats)),
            Copy(gpu, b, depth, columns, workspace.SubView(aFloats, bFloats)));
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

using ILGPU;

namespace Calm.Runtime;

/// <summary>Views of tensors for kernels.</summary>
public static class TensorViews
{
    /// <summary>The device that a tensor's kernels run on.</summary>
    public static IlgpuDevice Gpu(this Tensor tensor) => (IlgpuDevice)tensor.Device;

    /// <summary>The floats of a device tensor, 256-byte aligned unless it is a slice.</summary>
    public static ArrayView<float> View(this Tensor tensor) => BytesOf(tensor.Holding(ElementType.Float32)).Cast<float>();

    /// <summary>The bits of the bfloat16 numbers of a device tensor.</summary>
    public static ArrayView<ushort> BFloat16View(this Tensor tensor) =>
        BytesOf(tensor.Holding(ElementType.BFloat16)).Cast<ushort>();

    /// <summary>The integers of a device tensor.</summary>
    public static ArrayView<int> IntegerView(this Tensor tensor) => BytesOf(tensor.Holding(ElementType.Int32)).Cast<int>();

    /// <summary>The floats of a tensor; if it is missing, a stand-in that is not read: kernels take no null.</summary>
    public static ArrayView<float> ViewOr(this Tensor? tensor, Tensor standIn) =>
        tensor is null ? BytesOf(standIn).Cast<float>() : tensor.View();

    /// <summary>The integers of a tensor; if it is missing, a stand-in that is not read.</summary>
    public static ArrayView<int> IntegerViewOr(this Tensor? tensor, Tensor standIn) =>
        tensor is null ? BytesOf(standIn).Cast<int>() : tensor.IntegerView();

    /// <summary>The raw bytes of a device tensor.</summary>
    internal static ArrayView<byte> BytesOf(this Tensor tensor)
    {
        ArrayView<byte> block = ((IlgpuStorage)tensor.Storage).Bytes;
        return block.SubView(tensor.Offset, tensor.ByteCount);
    }
}

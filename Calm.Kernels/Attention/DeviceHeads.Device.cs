using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>The heads of one operand in device memory, as a parameter of a kernel.</summary>
internal readonly struct DeviceHeads
{
    private readonly int _headSize;
    private readonly long _batchStride;

    public DeviceHeads(Tensor tensor, int firstColumn, int headSize)
    {
        Elements = tensor.View().SubView(firstColumn, tensor.Count - firstColumn);
        Stride = tensor.Columns;
        _batchStride = (long)tensor.Shape[1] * tensor.Columns;
        _headSize = headSize;
    }

    public DeviceHeads(Heads heads, int headSize)
        : this(heads.Values, heads.FirstColumn, headSize)
    {
    }

    /// <summary>From component 0 of head 0 on.</summary>
    public ArrayView<float> Elements { get; }

    /// <summary>Distance between positions.</summary>
    public int Stride { get; }

    /// <summary>Index of component 0 of a head in <see cref="Elements"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long At(int batch, int position, int head) =>
        batch * _batchStride + (long)position * Stride + (long)head * _headSize;
}

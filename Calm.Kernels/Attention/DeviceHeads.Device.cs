using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>The places of heads in a tensor's memory, as a parameter of a kernel.</summary>
/// <param name="tensor">[B, T, columns].</param>
/// <param name="headSize">Components of a head.</param>
internal readonly struct HeadLayout(Tensor tensor, int headSize)
{
    private readonly int _headSize = headSize;
    private readonly long _batchStride = (long)tensor.Shape[1] * tensor.Columns;

    /// <summary>Distance between positions.</summary>
    public readonly int Stride = tensor.Columns;

    /// <summary>Index of component 0 of a head, counted from head 0 of the first position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long At(int batch, int position, int head) =>
        batch * _batchStride + (long)position * Stride + (long)head * _headSize;
}

/// <summary>The heads of one operand in device memory, as a parameter of a kernel.</summary>
internal readonly struct DeviceHeads
{
    private readonly HeadLayout _layout;

    public DeviceHeads(Tensor tensor, int firstColumn, int headSize)
    {
        Elements = tensor.View().SubView(firstColumn, tensor.Count - firstColumn);
        _layout = new HeadLayout(tensor, headSize);
    }

    public DeviceHeads(Heads heads, int headSize)
        : this(heads.Values, heads.FirstColumn, headSize)
    {
    }

    /// <summary>From component 0 of head 0 on.</summary>
    public ArrayView<float> Elements { get; }

    /// <summary>Distance between positions.</summary>
    public int Stride => _layout.Stride;

    /// <summary>Index of component 0 of a head in <see cref="Elements"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long At(int batch, int position, int head) => _layout.At(batch, position, head);
}

using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The heads of one operand in host memory.</summary>
internal readonly unsafe struct HostHeads
{
    private readonly float* _data;
    private readonly long _batchStride;
    private readonly int _headSize;

    public HostHeads(Tensor tensor, int firstColumn, int headSize)
    {
        _data = tensor.Pointer + firstColumn;
        Stride = tensor.Columns;
        _batchStride = (long)tensor.Shape[1] * tensor.Columns;
        _headSize = headSize;
    }

    public HostHeads(Heads heads, int headSize)
        : this(heads.Values, heads.FirstColumn, headSize)
    {
    }

    /// <summary>Distance between positions.</summary>
    public long Stride { get; }

    /// <summary>Component 0 of a head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* At(int batch, int position, int head) =>
        _data + batch * _batchStride + position * Stride + (long)head * _headSize;
}

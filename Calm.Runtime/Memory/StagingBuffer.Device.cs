using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Calm.Runtime;

/// <summary>
/// Page-locked host memory from which small uploads are copied while the host goes on: a step's tokens and indices. What
/// was staged stays until the device has been waited for, which a step does when it reads its scalars.
/// </summary>
internal sealed unsafe class StagingBuffer : IDisposable
{
    /// <summary>Bytes that can wait at once.</summary>
    public const int Capacity = 4 << 20;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(Capacity, pinned: true);
    private readonly PageLockScope<byte>? _lock;
    private readonly CPUMemoryBuffer _buffer;
    private int _used;

    /// <summary>A buffer for one accelerator.</summary>
    public StagingBuffer(Accelerator accelerator)
    {
        _lock = accelerator.CreatePageLockFromPinned(_bytes);
        fixed (byte* first = _bytes)
        {
            _buffer = CPUMemoryBuffer.Create(accelerator, (nint)first, Capacity, 1);
        }
    }

    /// <summary>Whether there is room for more.</summary>
    public bool Fits(int length) => _used + length <= Capacity;

    /// <summary>Copies bytes to where the device can fetch them.</summary>
    public ArrayView<byte> Stage(ReadOnlySpan<byte> source)
    {
        source.CopyTo(_bytes.AsSpan(_used));
        ArrayView<byte> staged = _buffer.AsRawArrayView().SubView(_used, source.Length);
        _used += source.Length;
        return staged;
    }

    /// <summary>All copies are done: their room is free again.</summary>
    public void Clear() => _used = 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffer.Dispose();
        _lock?.Dispose();
    }
}

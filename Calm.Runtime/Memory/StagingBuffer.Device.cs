using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Calm.Runtime;

/// <summary>
/// Page-locked host memory from which small uploads are copied while the host goes on: a step's tokens and indices. What
/// was staged stays until the device has been waited for, which a step does when it reads its scalars.
/// </summary>
internal sealed unsafe class StagingBuffer(Accelerator accelerator) : IDisposable
{
    /// <summary>Bytes that can wait at once.</summary>
    public const int Capacity = 4 << 20;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(Capacity, pinned: true);
    private PageLockScope<byte>? _lock;
    private int _used;

    /// <summary>Whether there is room for more.</summary>
    public bool Fits(int length) => _used + length <= Capacity;

    /// <summary>Copies bytes to where the device can fetch them, and lets it.</summary>
    public void Send(ReadOnlySpan<byte> source, ArrayView<byte> target, AcceleratorStream queue)
    {
        _lock ??= accelerator.CreatePageLockFromPinned(_bytes);
        source.CopyTo(_bytes.AsSpan(_used));
        fixed (byte* staged = &_bytes[_used])
        {
            // A buffer of its own: on OpenCL ILGPU copies the whole buffer behind a view.
            using var piece = CPUMemoryBuffer.Create(accelerator, (nint)staged, source.Length, 1);
            target.CopyFrom(queue, piece.AsRawArrayView());
        }

        _used += source.Length;
    }

    /// <summary>All copies are done: their room is free again.</summary>
    public void Clear() => _used = 0;

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();
}

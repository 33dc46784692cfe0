using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Calm.Runtime;

/// <summary>
/// Page-locked host memory for small asynchronous uploads: a step's tokens and indices. Staged bytes stay until the host
/// has waited for the device, which a step does when it reads its scalars.
/// </summary>
internal sealed unsafe class StagingBuffer(Accelerator accelerator) : IDisposable
{
    /// <summary>Size of the buffer in bytes.</summary>
    public const int Capacity = 4 << 20;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(Capacity, pinned: true);
    private PageLockScope<byte>? _lock;
    private int _used;

    /// <summary>Whether there is room for more.</summary>
    public bool Fits(int length) => _used + length <= Capacity;

    /// <summary>Stages bytes and starts their copy to the device.</summary>
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

    /// <summary>Frees the room of all copies; call it when they are done.</summary>
    public void Clear() => _used = 0;

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();
}

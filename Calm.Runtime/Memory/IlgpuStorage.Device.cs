using ILGPU;
using ILGPU.Runtime;

namespace Calm.Runtime;

/// <summary>A block of an ILGPU accelerator's memory.</summary>
internal sealed class IlgpuStorage(IlgpuDevice device, long byteCount) : Storage(device, byteCount)
{
    private readonly MemoryBuffer _buffer = device.AllocateBuffer(byteCount);

    /// <summary>The memory.</summary>
    public ArrayView<byte> Bytes => _buffer.AsRawArrayView();

    protected override void Release()
    {
        IlgpuDevice owner = (IlgpuDevice)Device;
        owner.GiveBack(_buffer.Dispose);
        owner.Freed(ByteCount);
    }
}

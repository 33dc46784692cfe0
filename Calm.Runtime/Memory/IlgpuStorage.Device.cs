using ILGPU;
using ILGPU.Runtime;

namespace Calm.Runtime;

/// <summary>A block of an ILGPU accelerator's memory.</summary>
internal sealed class IlgpuStorage(IlgpuDevice device, long byteCount) : Storage(device, byteCount)
{
    /// <summary>The memory.</summary>
    public MemoryBuffer1D<byte, Stride1D.Dense> Buffer { get; } = device.Accelerator.Allocate1D<byte>(byteCount);

    protected override void Release()
    {
        IlgpuDevice owner = (IlgpuDevice)Device;
        owner.GiveBack(Buffer.Dispose);
        owner.Freed(ByteCount);
    }
}

using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>Native memory, on huge pages where Linux offers them.</summary>
internal sealed unsafe partial class HostStorage : Storage
{
    private const nuint HugePage = 2 << 20;
    private const int AdviseHugePages = 14; // MADV_HUGEPAGE in sys/mman.h

    public HostStorage(HostDevice device, long byteCount)
        : base(device, byteCount)
    {
        nuint alignment = (nuint)byteCount >= HugePage ? HugePage : HostDevice.HostAlignment;
        Bytes = (byte*)NativeMemory.AlignedAlloc((nuint)byteCount, alignment);
        if (OperatingSystem.IsLinux() && alignment == HugePage)
        {
            // Advice only: where it fails the memory works as before, with small pages.
            _ = Advise(Bytes, (nuint)byteCount, AdviseHugePages);
        }
    }

    /// <summary>The first byte.</summary>
    public byte* Bytes { get; private set; }

    protected override void Release()
    {
        NativeMemory.AlignedFree(Bytes);
        ((HostDevice)Device).Freed(ByteCount);
        Bytes = null;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}

namespace Calm.Runtime;

/// <summary>One block of a device's memory, cut into tensors by the <see cref="Arena"/> that holds it.</summary>
public abstract class Storage(Device device, long byteCount) : IDisposable
{
    /// <summary>The device of the memory.</summary>
    public Device Device { get; } = device;

    /// <summary>Its size.</summary>
    public long ByteCount { get; } = byteCount;

    /// <summary>Changes whenever the tensors cut from this block become invalid.</summary>
    internal int Generation { get; private set; }

    /// <summary>Makes every tensor cut from this block throw when used.</summary>
    internal void Invalidate() => Generation++;

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Invalidate();
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns the memory to the device; called once.</summary>
    protected abstract void Release();
}

namespace Calm.Runtime;

/// <summary>One block of a device's memory, cut into tensors by the <see cref="Arena"/> that holds it.</summary>
public abstract class Storage(Device device, long byteCount) : IDisposable
{
    /// <summary>Where it lives.</summary>
    public Device Device { get; } = device;

    /// <summary>Its size.</summary>
    public long ByteCount { get; } = byteCount;

    /// <summary>Changes whenever the tensors cut from this block become invalid.</summary>
    internal int Generation { get; private set; }

    /// <summary>Makes every tensor cut from this block throw when used.</summary>
    internal void Invalidate() => Generation++;

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Invalidate();
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back to the device; called once.</summary>
    protected abstract void Release();
}

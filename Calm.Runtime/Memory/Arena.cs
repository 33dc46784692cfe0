namespace Calm.Runtime;

/// <summary>
/// Memory handed out piece by piece and given back all at once, or by the piece. A device has one arena for what persists
/// and every <see cref="Tape"/> has one for its step.
/// </summary>
/// <remarks>
/// After a reset all blocks become one, as large as what was used of them, if the device gives as much in one piece. Otherwise
/// they stay as they are: an equal step then finds the same places in them. So after a few equal steps nothing is allocated
/// any more.
/// </remarks>
public sealed class Arena : IDisposable
{
    private const long SmallestBlock = 1 << 20;

    private readonly List<FreeSpace> _blocks = [];

    /// <summary>An arena of a device.</summary>
    /// <param name="device">The device of its memory.</param>
    /// <param name="name">Its name in messages.</param>
    public Arena(Device device, string name)
    {
        Device = device;
        Name = name;
        device.Arenas.Add(this);
    }

    /// <summary>The device of its memory.</summary>
    public Device Device { get; }

    /// <summary>Its name in messages.</summary>
    public string Name { get; }

    /// <summary>Memory use by owner.</summary>
    public Ledger Ledger { get; } = new();

    /// <summary>Bands around every tensor, where ops are verified; null otherwise.</summary>
    internal GuardBands? Guards { get; init; }

    /// <summary>Bytes taken from the device.</summary>
    public long Capacity => _blocks.Sum(block => block.Storage.ByteCount);

    /// <summary>Size of its largest block, in bytes.</summary>
    internal long LargestBlock => _blocks.Max(block => block.Storage.ByteCount);

    /// <summary>A tensor with undefined contents, valid until <see cref="Reset"/>.</summary>
    /// <param name="shape">Its sizes.</param>
    /// <param name="owner">Name of the op for the <see cref="Ledger"/>, a constant string.</param>
    /// <param name="elementType">The type of its elements.</param>
    /// <exception cref="OutOfDeviceMemoryException">
    /// The device has no more, and the message lists the largest holders; or it holds no tensor as large as this.
    /// </exception>
    public Tensor Rent(Shape shape, string owner, ElementType elementType = ElementType.Float32)
    {
        if (Device.WhyTooLarge(Math.Max(shape.Count, shape.Rows), Device.SizeOf(elementType)) is { } reason)
        {
            throw new OutOfDeviceMemoryException(
                $"{owner}: a tensor of shape {shape} has {reason}",
                IsModel ? "the model needs a larger device, or must be smaller" : "use a smaller batch");
        }

        if (Guards is null)
        {
            return Cut(shape, owner, elementType);
        }

        Tensor banded = Cut(GuardBands.Around(shape, Device.SizeOf(elementType)), owner, ElementType.Int32);
        return Guards.Protect(banded, shape, owner, elementType);
    }

    /// <summary>Frees everything at once: tensors rented so far throw when used.</summary>
    public void Reset()
    {
        long reached = _blocks.Sum(block => block.Reached);
        if (_blocks.Count > 1 && reached <= Device.LargestBlock)
        {
            ReleaseBlocks();
            _blocks.Add(new FreeSpace(Device.Allocate(reached)));
        }

        foreach (FreeSpace block in _blocks)
        {
            block.Storage.Invalidate();
            block.Clear();
        }

        Ledger.Reset();
        Guards?.Clear();
    }

    /// <summary>Gives all memory back to the device, after a <see cref="Reset"/>; later rents take it anew.</summary>
    internal void GiveBack() => ReleaseBlocks();

    /// <summary>Gives all memory back to the device for good.</summary>
    public void Dispose()
    {
        ReleaseBlocks();
        Device.Arenas.Remove(this);
    }

    /// <summary>Frees one piece before the others: tensors in it throw when used.</summary>
    internal void Release(Allocation allocation)
    {
        allocation.IsReleased = true;
        Ledger.Remove(allocation.Owner, allocation.ByteCount);
        foreach (FreeSpace block in _blocks)
        {
            if (block.Storage == allocation.Storage)
            {
                block.Give(allocation.Offset, allocation.ByteCount);
            }
        }
    }

    private bool IsModel => this == Device.Persistent;

    private Tensor Cut(Shape shape, string owner, ElementType elementType)
    {
        long bytes = RoundUp(Math.Max(1, shape.Count * Device.SizeOf(elementType)));
        Allocation allocation = Find(bytes, owner) ?? AddBlock(bytes, owner);
        Ledger.Add(owner, bytes);
        return new Tensor(allocation, allocation.Offset, shape, elementType);
    }

    private Allocation? Find(long bytes, string owner)
    {
        foreach (FreeSpace block in _blocks)
        {
            if (block.TryTake(bytes, out long offset))
            {
                return new Allocation(block.Storage, offset, bytes, owner);
            }
        }

        return null;
    }

    private Allocation AddBlock(long bytes, string owner)
    {
        // A quarter of what is there already: a first step of any size takes few blocks and wastes little.
        long size = Math.Max(Math.Max(bytes, SmallestBlock), RoundUp(Capacity / 4));
        try
        {
            _blocks.Add(new FreeSpace(AllocateUpTo(Math.Min(size, Device.LargestBlock), bytes)));
        }
        catch (OutOfDeviceMemoryException failure)
        {
            string model = IsModel
                ? ", which is the model itself: it needs a larger device or a smaller model"
                : "";
            throw failure.With(
                $"{owner} wanted {OutOfDeviceMemoryException.Size(bytes)} of the {Name} arena's memory{model}.");
        }

        return Find(bytes, owner)!;
    }

    /// <summary>A block with room to spare, or, where the device is nearly full, one without.</summary>
    private Storage AllocateUpTo(long wanted, long needed)
    {
        try
        {
            return Device.Allocate(wanted);
        }
        catch (OutOfDeviceMemoryException) when (needed < wanted)
        {
            return Device.Allocate(needed);
        }
    }

    private void ReleaseBlocks()
    {
        foreach (FreeSpace block in _blocks)
        {
            block.Storage.Dispose();
        }

        _blocks.Clear();
    }

    private long RoundUp(long bytes) => (bytes + Device.Alignment - 1) / Device.Alignment * Device.Alignment;
}

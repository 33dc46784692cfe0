namespace Calm.Runtime;

/// <summary>A piece of a block, from its rent to its release or to the arena's reset.</summary>
/// <param name="storage">The block.</param>
/// <param name="offset">First byte within it.</param>
/// <param name="byteCount">Its size.</param>
/// <param name="owner">Who rented it.</param>
internal sealed class Allocation(Storage storage, long offset, long byteCount, string owner)
{
    private readonly int _generation = storage.Generation;

    /// <summary>The block.</summary>
    public Storage Storage => storage;

    /// <summary>First byte within the block.</summary>
    public long Offset => offset;

    /// <summary>Its size.</summary>
    public long ByteCount => byteCount;

    /// <summary>Who rented it.</summary>
    public string Owner => owner;

    /// <summary>How many want it to stay: gradients that live in it, and those who read it after a backward pass.</summary>
    public int Holders { get; set; }

    /// <summary>Whether it was given back on its own.</summary>
    public bool IsReleased { get; set; }

    /// <summary>Whether it may be used.</summary>
    public bool IsValid => !IsReleased && storage.Generation == _generation;
}

namespace Calm.Runtime;

/// <summary>A piece of a block, from its rent to its release or to the arena's reset.</summary>
/// <param name="storage">The block.</param>
/// <param name="offset">First byte within it.</param>
/// <param name="byteCount">Its size.</param>
/// <param name="owner">The name that the renting op gave.</param>
internal sealed class Allocation(Storage storage, long offset, long byteCount, string owner)
{
    private readonly int _generation = storage.Generation;

    /// <summary>The block.</summary>
    public Storage Storage => storage;

    /// <summary>First byte within the block.</summary>
    public long Offset => offset;

    /// <summary>Its size.</summary>
    public long ByteCount => byteCount;

    /// <summary>The name that the renting op gave.</summary>
    public string Owner => owner;

    /// <summary>Reference count: gradients stored here and readers after backward.</summary>
    public int Holders { get; set; }

    /// <summary>Whether it was given back on its own.</summary>
    public bool IsReleased { get; set; }

    /// <summary>Whether it may be used.</summary>
    public bool IsValid => !IsReleased && storage.Generation == _generation;
}

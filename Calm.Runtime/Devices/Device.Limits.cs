namespace Calm.Runtime;

/// <content>The largest pieces of memory.</content>
public abstract partial class Device
{
    private long _largestBlock = long.MaxValue;

    /// <summary>The most bytes that it gives in one piece: no block of an arena, and so no tensor, is larger.</summary>
    public long LargestBlock
    {
        get => Math.Min(_largestBlock, LargestIndexedBlock);
        internal set => _largestBlock = value / Alignment * Alignment;
    }

    /// <summary>The most bytes in which its kernels can index elements of the precision's smallest type.</summary>
    private protected virtual long LargestIndexedBlock => long.MaxValue;

    /// <summary>Bytes of one element of a type in its memory.</summary>
    internal virtual int SizeOf(ElementType type) => type == ElementType.BFloat16 ? sizeof(ushort) : Tensor.ElementSize;

    /// <summary>The reason why it cannot hold that many elements in one piece; null if it can.</summary>
    /// <param name="elements">Number of elements.</param>
    /// <param name="elementSize">Bytes of one.</param>
    internal string? WhyTooLarge(long elements, int elementSize = Tensor.ElementSize)
    {
        if (elements > Tensor.MostElements)
        {
            return $"{elements} elements, and no device indexes more than {Tensor.MostElements}";
        }

        return elements <= LargestBlock / elementSize
            ? null
            : $"{elements} elements, {OutOfDeviceMemoryException.Size(elements * elementSize)}, and {Name} gives at most "
            + $"{OutOfDeviceMemoryException.Size(LargestBlock)} in one piece";
    }
}

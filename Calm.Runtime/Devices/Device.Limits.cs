namespace Calm.Runtime;

/// <content>The largest pieces of memory.</content>
public abstract partial class Device
{
    private long _largestBlock = long.MaxValue;

    /// <summary>The most bytes that it gives in one piece: no block of an arena, and so no tensor, is larger.</summary>
    public long LargestBlock
    {
        get => _largestBlock;
        internal set => _largestBlock = value / Alignment * Alignment;
    }

    /// <summary>The reason why it cannot hold that many elements in one piece; null if it can.</summary>
    internal string? WhyTooLarge(long elements)
    {
        if (elements > Tensor.MostElements)
        {
            return $"{elements} elements, and no device indexes more than {Tensor.MostElements}";
        }

        return elements <= LargestBlock / Tensor.ElementSize
            ? null
            : $"{elements} elements, {OutOfDeviceMemoryException.Size(elements * Tensor.ElementSize)}, and {Name} gives at most "
            + $"{OutOfDeviceMemoryException.Size(LargestBlock)} in one piece";
    }
}

namespace Calm.Runtime;

/// <summary>The element types of tensors.</summary>
public enum ElementType
{
    /// <summary>32-bit float: values and gradients.</summary>
    Float32,

    /// <summary>32-bit signed integer: token ids, positions.</summary>
    Int32,

    /// <summary>
    /// 16-bit <see cref="Runtime.BFloat16"/>: values that are read by products and attention in that precision. On the host they
    /// take 32 bits, floats that are rounded: its loops read and write floats.
    /// </summary>
    BFloat16,
}

namespace Calm.Runtime;

/// <summary>What a tensor's elements are.</summary>
public enum ElementType
{
    /// <summary>32-bit float: values and gradients.</summary>
    Float32,

    /// <summary>32-bit signed integer: token ids, positions.</summary>
    Int32,
}

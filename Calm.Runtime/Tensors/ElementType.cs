namespace Calm.Runtime;

/// <summary>The element types of tensors.</summary>
public enum ElementType
{
    /// <summary>32-bit float: values and gradients.</summary>
    Float32,

    /// <summary>32-bit signed integer: token ids, positions.</summary>
    Int32,
}

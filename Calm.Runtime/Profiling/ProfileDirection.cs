namespace Calm.Runtime;

/// <summary>The kinds of profiled calls.</summary>
public enum ProfileDirection
{
    /// <summary>An op, also one of the optimiser.</summary>
    Forward,

    /// <summary>An op's backward pass.</summary>
    Backward,

    /// <summary>A copy between host and device.</summary>
    Transfer,
}

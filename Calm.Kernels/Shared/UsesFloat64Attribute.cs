namespace Calm.Kernels;

/// <summary>
/// On a kernel that computes in double precision, which many GPUs lack and most others slow down. Without it the tests
/// refuse every such instruction.
/// </summary>
/// <param name="reason">Why float32 will not do.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Struct)]
internal sealed class UsesFloat64Attribute(string reason) : Attribute
{
    /// <summary>Why float32 will not do.</summary>
    public string Reason { get; } = reason;
}

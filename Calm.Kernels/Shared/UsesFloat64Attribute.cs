namespace Calm.Kernels;

/// <summary>
/// On a kernel that computes in double precision, which many GPUs lack and most others slow down. Without it the tests
/// refuse every such instruction.
/// </summary>
/// <param name="reason">The reason why float32 is not enough.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Struct)]
internal sealed class UsesFloat64Attribute(string reason) : Attribute
{
    /// <summary>The reason why float32 is not enough.</summary>
    public string Reason { get; } = reason;
}

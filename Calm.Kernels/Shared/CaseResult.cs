namespace Calm.Kernels;

/// <summary>The kind of a <see cref="CaseResult"/>.</summary>
public enum CaseCheck
{
    /// <summary>Numbers against the definition or a fixture.</summary>
    Difference,

    /// <summary>Writes outside tensors; the error is their number.</summary>
    Bounds,

    /// <summary>Bits of a second run; the error is 1 if they differ.</summary>
    Repeat,
}

/// <summary>One comparison of a case.</summary>
/// <param name="Name">Op, shapes and the output or gradient compared.</param>
/// <param name="Error">Largest difference found; NaN if either side is not finite where the other is.</param>
/// <param name="Limit">Largest difference allowed.</param>
/// <param name="Check">The kind of comparison.</param>
public sealed record CaseResult(string Name, double Error, double Limit, CaseCheck Check = CaseCheck.Difference)
{
    /// <summary>The element with the largest difference; null for a comparison of no elements.</summary>
    public ElementDifference? Worst { get; init; }

    /// <summary>The first elements that differ by more than the limit; empty if none does.</summary>
    public IReadOnlyList<ElementDifference> First { get; init; } = [];

    /// <summary>Number of elements that differ by more than the limit.</summary>
    public int Differing { get; init; }

    /// <summary>Whether the difference is small enough; a NaN never is, and a limit that is not finite passes nothing.</summary>
    public bool Passed => Error <= Limit && double.IsFinite(Limit);
}

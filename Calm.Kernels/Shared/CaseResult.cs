namespace Calm.Kernels;

/// <summary>The subject of a <see cref="CaseResult"/>.</summary>
internal enum CaseCheck
{
    /// <summary>Numbers against the definition or a fixture.</summary>
    Difference,

    /// <summary>Writes outside tensors; the error is their number.</summary>
    Bounds,

    /// <summary>Bits of a second run; the error is 1 if they differ.</summary>
    Repeat,
}

/// <summary>One comparison of a case.</summary>
/// <param name="Name">Op, shapes and what was compared.</param>
/// <param name="Error">Greatest difference found; NaN if either side is not finite where the other is.</param>
/// <param name="Limit">Greatest difference allowed.</param>
/// <param name="Check">The comparison.</param>
internal sealed record CaseResult(string Name, double Error, double Limit, CaseCheck Check = CaseCheck.Difference)
{
    /// <summary>Whether the difference is small enough; a NaN never is.</summary>
    public bool Passed => Error <= Limit;
}

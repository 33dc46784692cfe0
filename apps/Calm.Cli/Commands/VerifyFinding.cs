using Calm.Kernels;

namespace Calm.Cli;

/// <summary>A comparison as JSON has it; a number that is not finite is null.</summary>
/// <param name="Name">Op, shapes and the output or gradient compared.</param>
/// <param name="Error">Largest difference found.</param>
/// <param name="Tolerance">Largest difference allowed.</param>
/// <param name="Worst">The element with the largest difference.</param>
/// <param name="Differing">Number of elements that differ by more than the limit.</param>
/// <param name="First">The first of them.</param>
internal sealed record VerifyFinding(
    string Name, double? Error, double? Tolerance, VerifyFinding.Element? Worst, int Differing,
    IReadOnlyList<VerifyFinding.Element> First)
{
    /// <summary>An element: its place, and the numbers there.</summary>
    internal sealed record Element(IReadOnlyList<int> Index, double? Got, double? Wanted, double? RelativeError);

    /// <summary>The finding of a comparison.</summary>
    public static VerifyFinding Of(CaseResult result) => new(
        result.Name, Finite(result.Error), Finite(result.Limit), result.Worst is { } worst ? ElementOf(worst) : null,
        result.Differing, [.. result.First.Select(ElementOf)]);

    private static Element ElementOf(ElementDifference element) =>
        new(element.Index, Finite(element.Got), Finite(element.Wanted), Finite(element.RelativeError));

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}

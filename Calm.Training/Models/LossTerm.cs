using Calm.Runtime;

namespace Calm.Training;

/// <summary>A part of a loss.</summary>
/// <param name="Value">A scalar.</param>
/// <param name="Weight">What it counts in the sum.</param>
internal readonly record struct LossTerm(Tensor Value, double Weight)
{
    /// <summary>The sum of all terms; waits for the device.</summary>
    public static double Sum(LossTerm[] terms) => terms.Sum(term => term.Weight * term.Value.ToArray()[0]);
}

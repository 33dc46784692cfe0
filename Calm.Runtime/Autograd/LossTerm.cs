namespace Calm.Runtime;

/// <summary>One of the scalars whose weighted sum is a loss.</summary>
/// <param name="Value">A tensor with one element.</param>
/// <param name="Weight">The factor of the value in the sum.</param>
public readonly record struct LossTerm(Tensor Value, double Weight = 1)
{
    /// <summary>A term of weight 1.</summary>
    public static implicit operator LossTerm(Tensor value) => new(value);

    /// <summary>The weighted sum of all terms; waits for the device.</summary>
    public static double Sum(LossTerm[] terms) => terms.Sum(term => term.Weight * term.Value.ToArray()[0]);
}

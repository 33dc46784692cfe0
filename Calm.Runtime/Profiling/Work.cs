namespace Calm.Runtime;

/// <summary>
/// Floating-point operations of ops that ran, 2 a multiply-add, by what they belong to. Norms, activations, random numbers
/// elsewhere than in targets, and the optimiser are not counted (docs/flops.md).
/// </summary>
/// <param name="Products">Of matrix products.</param>
/// <param name="Attention">Of the products in attention, over pairs of a query and a key that it sees.</param>
/// <param name="Other">
/// Of distances and targets of the energy score, and of integers that screen a vocabulary: not multiply-adds of the model.
/// </param>
public readonly record struct Work(double Products, double Attention, double Other)
{
    /// <summary>Products and attention, as the formulas of docs/flops.md count.</summary>
    public double MultiplyAdds => Products + Attention;

    /// <summary>Both.</summary>
    public static Work operator +(Work a, Work b) =>
        new(a.Products + b.Products, a.Attention + b.Attention, a.Other + b.Other);

    /// <summary>The difference: work done since <paramref name="b"/> was read.</summary>
    public static Work operator -(Work a, Work b) =>
        new(a.Products - b.Products, a.Attention - b.Attention, a.Other - b.Other);
}

using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Sums over all elements or over those of each row.</summary>
public static class Sum
{
    /// <summary>y = sum of all elements.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape.</param>
    /// <returns>y, a scalar.</returns>
    public static Tensor Apply(Tape tape, Tensor x) => Reduction.Sum(nameof(Sum), tape, x, new Identity());

    /// <summary>y[r, 0] = sum over c of x[r, c].</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[..., C].</param>
    /// <returns>y, [..., 1].</returns>
    public static Tensor Rows(Tape tape, Tensor x) => Reduction.SumRows(nameof(Sum), tape, x, new Identity());
}

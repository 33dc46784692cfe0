using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Means over all elements or over those of each row.</summary>
public static class Mean
{
    private const string Op = nameof(Mean);

    /// <summary>y = mean of all elements.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape, at least one element.</param>
    /// <returns>y, a scalar.</returns>
    /// <exception cref="ArgumentException">There are no elements.</exception>
    public static Tensor Apply(Tape tape, Tensor x) => Reduction.Sum(Op, tape, x, Share("elements of x", x.Count));

    /// <summary>y[r, 0] = mean over c of x[r, c].</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[..., C], C at least 1.</param>
    /// <returns>y, [..., 1].</returns>
    /// <exception cref="ArgumentException">The rows have no elements.</exception>
    public static Tensor Rows(Tape tape, Tensor x) => Reduction.SumRows(Op, tape, x, Share("columns of x", x.Columns));

    private static Scale.Function Share(string what, long count)
    {
        Check.That(count >= 1, Op, what, count, "at least 1");
        return new Scale.Function(1f / count);
    }
}

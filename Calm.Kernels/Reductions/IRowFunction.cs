using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A function of a row that needs one number of the whole row: y[c] = Value(x[c], ...) with statistic = Statistic(sum over c of
/// Term(x[c])). Softmax and norms have this form.
/// </summary>
/// <remarks>
/// It is implemented by a readonly struct, whose fields are the op's constants. Give its methods
/// <c>[MethodImpl(MethodImplOptions.AggressiveInlining)]</c>. Example: <see cref="Softmax"/>.
/// </remarks>
public interface IRowFunction
{
    /// <summary>Whether x stands for x - max(x) in all methods, as exponentials need it.</summary>
    static abstract bool SubtractsMax { get; }

    /// <summary>A term of the row's sum.</summary>
    TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>The row's number, from the sum of its terms.</summary>
    TLanes Statistic<TLanes>(TLanes sum) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>An element of the result.</summary>
    TLanes Value<TLanes>(TLanes x, TLanes term, TLanes statistic) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>A term of the backward pass's sum over the row.</summary>
    TLanes GradientTerm<TLanes>(TLanes y, TLanes dy) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>An element of dx.</summary>
    /// <param name="y">The result's element.</param>
    /// <param name="dy">Its gradient.</param>
    /// <param name="statistic">The row's number.</param>
    /// <param name="sum">The sum of <see cref="GradientTerm"/>.</param>
    TLanes Gradient<TLanes>(TLanes y, TLanes dy, TLanes statistic, TLanes sum) where TLanes : unmanaged, IArithmetic<TLanes>;
}

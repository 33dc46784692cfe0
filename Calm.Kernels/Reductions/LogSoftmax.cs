using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Logarithm of the softmax of each row: y[r, c] = x[r, c] - log(sum over k of e^x[r, k]).</summary>
public static partial class LogSoftmax
{
    /// <summary>Applies it to the rows of <paramref name="x"/>.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[..., C].</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    public static Tensor Apply(Tape tape, Tensor x) => RowMap.Apply(nameof(LogSoftmax), tape, x, new Function());

    /// <summary>The statistic is log(sum); dx = dy - e^y sum of dy.</summary>
    internal readonly struct Function : IRowFunction
    {
        private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

        public static bool SubtractsMax => true;

        [MethodImpl(Inline)]
        public TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes> => LaneMath.Exp(x);

        [MethodImpl(Inline)]
        public TLanes Statistic<TLanes>(TLanes sum) where TLanes : unmanaged, IArithmetic<TLanes> => LaneMath.Log(sum);

        [MethodImpl(Inline)]
        public TLanes Value<TLanes>(TLanes x, TLanes term, TLanes statistic)
            where TLanes : unmanaged, IArithmetic<TLanes> => x - statistic;

        [MethodImpl(Inline)]
        public TLanes GradientTerm<TLanes>(TLanes y, TLanes dy) where TLanes : unmanaged, IArithmetic<TLanes> => dy;

        [MethodImpl(Inline)]
        public TLanes Gradient<TLanes>(TLanes y, TLanes dy, TLanes statistic, TLanes sum)
            where TLanes : unmanaged, IArithmetic<TLanes> => dy - LaneMath.Exp(y) * sum;
    }
}

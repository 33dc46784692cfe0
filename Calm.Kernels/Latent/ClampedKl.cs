using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Divergence of normal distributions from the standard normal one, with a floor under every component, so that none is
/// pushed to carry no information: mean over rows of sum over l of max(floor, (mean^2 + std^2 - 1) / 2 - logStd).
/// Source: Kingma and others 2016, arXiv:1606.04934 ("free bits"), here for each component of each row.
/// </summary>
public static partial class ClampedKl
{
    private const string Op = nameof(ClampedKl);

    /// <summary>The divergence, averaged over rows.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="mean">[..., L], N rows.</param>
    /// <param name="logStd">Logarithm of the standard deviation, in the shape of <paramref name="mean"/>.</param>
    /// <param name="floor">The least that a component counts, in nats; below it there is no gradient.</param>
    /// <param name="scale">Factor of the mean: the weight of the term in a loss.</param>
    /// <returns>The loss, a scalar.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor mean, Tensor logStd, float floor, float scale = 1)
    {
        Check.Device(Op, tape, mean, logStd);
        Check.Shape(Op, nameof(logStd), logStd, mean.Shape);
        Check.That(mean.Rows >= 1, Op, "number of rows", mean.Rows, "at least 1");

        Tensor loss = tape.Rent(default, Op);
        Tensor sums = tape.Rent(new Shape(mean.Rows), Op);
        tape.Device.Run(new Forward(mean, logStd, floor, scale, sums, loss));
        if (tape.Records(mean, logStd))
        {
            tape.Record(new Node(mean, logStd, floor, scale, loss));
        }

        return loss;
    }

    /// <summary>Divergence of a component, (mean^2 + std^2 - 1) / 2 - logStd, for loops and kernels alike.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Divergence<TLanes>(TLanes mean, TLanes logStd, TLanes variance)
        where TLanes : unmanaged, IArithmetic<TLanes>
    {
        TLanes twice = TLanes.MultiplyAdd(mean, mean, variance - TLanes.Broadcast(1)) - (logStd + logStd);
        return twice * TLanes.Broadcast(0.5f);
    }

    private readonly partial struct Forward(
        Tensor mean, Tensor logStd, float floor, float scale, Tensor sums, Tensor loss) : IDeviceWork;
}

using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Cross-entropy of logits against ids: scale * mean over the rows r whose target t[r] is not -100 of
/// logSumExp(logits[r]) - logits[r, t[r]]. Without such a row it is 0, and so is its gradient.
/// </summary>
public static partial class CrossEntropy
{
    private const string Op = nameof(CrossEntropy);

    /// <summary>Compares the rows of <paramref name="logits"/> with their targets.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="logits">[..., V], R rows.</param>
    /// <param name="targets">Integers, R of them: ids in [0, V), or -100 for a row to ignore.</param>
    /// <param name="scale">Factor of the mean.</param>
    /// <returns>The loss in nats, a scalar.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or (on the host) a target is out of range.</exception>
    public static Tensor Apply(Tape tape, Tensor logits, Tensor targets, float scale = 1)
    {
        Check.Device(Op, tape, logits, targets);
        TokenTargets.CheckShape(Op, targets, logits.Rows);

        Tensor loss = tape.Rent(new Shape(), Op);
        tape.Device.Run(new Forward(tape, logits, targets, scale, loss));
        return loss;
    }

    /// <summary>Computes the loss and records it: host and devices save different things for the gradient.</summary>
    private readonly partial struct Forward(Tape tape, Tensor logits, Tensor targets, float scale, Tensor loss) : IDeviceWork;
}

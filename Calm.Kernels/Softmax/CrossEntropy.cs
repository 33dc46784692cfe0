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
        bool records = tape.Records(logits);
        if (tape.Device is HostDevice host)
        {
            Tensor? unit = records ? tape.Rent(logits.Shape, Op) : null;
            ForwardOnHost(host, tape, logits, targets, scale, unit, loss);
            if (unit is not null)
            {
                tape.Record(new HostNode(logits, unit, loss));
            }

            return loss;
        }

        Saved saved = new(
            tape.Rent(new Shape(logits.Rows), Op), tape.Rent(new Shape(logits.Rows), Op), tape.Rent(new Shape(), Op));
        bool done = false;
        ForwardOnDevice(tape, logits, targets, scale, saved, loss, ref done);
        Check.Done(Op, tape.Device, done);
        if (records)
        {
            tape.Record(new DeviceNode(logits, targets, saved, loss));
        }

        return loss;
    }

    static partial void ForwardOnDevice(
        Tape tape, Tensor logits, Tensor targets, float scale, Saved saved, Tensor loss, ref bool done);

    /// <summary>What a device's backward needs besides the inputs.</summary>
    /// <param name="Max">Greatest logit of each row, [R].</param>
    /// <param name="SumExp">Sum of exp(logit - max) of each row, [R].</param>
    /// <param name="RowWeight">A live row's part of the loss, scale / number of live rows; a scalar.</param>
    private readonly record struct Saved(Tensor Max, Tensor SumExp, Tensor RowWeight);
}

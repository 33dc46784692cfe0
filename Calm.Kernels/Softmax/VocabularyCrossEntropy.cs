using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Cross-entropy of a vocabulary projection against ids: scale * mean over the rows r whose target t[r] is not -100 of
/// logSumExp(z[r]) - z[r, t[r]] with z = hidden embedding^T. Only a chunk of rows of z exists at a time.
/// </summary>
public static partial class VocabularyCrossEntropy
{
    private const string Op = nameof(VocabularyCrossEntropy);

    /// <summary>Projects the rows of <paramref name="hidden"/> and compares them with their targets.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="hidden">[..., d], R rows.</param>
    /// <param name="embedding">[V, d]: one row for each id.</param>
    /// <param name="targets">Integers, R of them: ids in [0, V), or -100 for a row to ignore.</param>
    /// <param name="scale">Factor of the mean.</param>
    /// <returns>The loss in nats, a scalar.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or (on the host) a target is out of range.</exception>
    public static Tensor Apply(Tape tape, Tensor hidden, Tensor embedding, Tensor targets, float scale = 1)
    {
        Check.Device(Op, tape, hidden, embedding, targets);
        Check.That(embedding.Shape.Rank == 2, Op, "rank of embedding", embedding.Shape.Rank, "2");
        Check.Columns(Op, nameof(embedding), embedding, hidden.Columns);
        TokenTargets.CheckShape(Op, targets, hidden.Rows);

        // Gradients for an upstream gradient of 1, made while the logits are at hand.
        bool records = tape.Records(hidden, embedding);
        Tensor? dHidden = records && hidden.RequiresGradient ? tape.Rent(hidden.Shape, Op) : null;
        Tensor? dEmbedding = records && embedding.RequiresGradient ? tape.Rent(embedding.Shape, Op) : null;
        Tensor loss = tape.Rent(new Shape(), Op);
        tape.Device.Run(new Forward(tape, hidden, embedding, targets, scale, loss, dHidden, dEmbedding));
        if (records)
        {
            tape.Record(new Node(hidden, embedding, loss, dHidden, dEmbedding));
        }

        return loss;
    }

    private readonly partial struct Forward(
        Tape tape, Tensor hidden, Tensor embedding, Tensor targets, float scale, Tensor loss, Tensor? dHidden,
        Tensor? dEmbedding) : IDeviceWork;
}

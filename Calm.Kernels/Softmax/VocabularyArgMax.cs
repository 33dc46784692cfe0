using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The likeliest id of each row: id[r] = the v with the greatest hidden[r] . embedding[v], the smallest such v in a
/// tie. A NaN never wins, so a row of nothing but NaN gives 0.
/// </summary>
public static partial class VocabularyArgMax
{
    private const string Op = nameof(VocabularyArgMax);

    /// <summary>Projects the rows of <paramref name="hidden"/> on the vocabulary and takes the greatest.</summary>
    /// <param name="tape">The step it belongs to; nothing is recorded.</param>
    /// <param name="hidden">[..., d], R rows.</param>
    /// <param name="embedding">[V, d]: one row for each id, at least one.</param>
    /// <param name="screen">Made of <paramref name="embedding"/>, to be faster with the same result; or null.</param>
    /// <returns>Ids in [0, V), integers, [R].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor hidden, Tensor embedding, VocabularyScreen? screen = null)
    {
        Check.Device(Op, tape, hidden, embedding);
        Check.That(embedding.Shape.Rank == 2, Op, "rank of embedding", embedding.Shape.Rank, "2");
        Check.That(embedding.Rows >= 1, Op, "rows of embedding", embedding.Rows, "at least 1");
        Check.Columns(Op, nameof(embedding), embedding, hidden.Columns);

        Tensor ids = tape.Rent(new Shape(hidden.Rows), Op, ElementType.Int32);
        tape.Device.Run(new Forward(tape, hidden, embedding, screen, ids));
        return ids;
    }

    private readonly partial struct Forward(
        Tape tape, Tensor hidden, Tensor embedding, VocabularyScreen? screen, Tensor ids) : IDeviceWork;
}

using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Replaces tokens by id 0 at random, so that an autoencoder learns to do without some of its input. No gradient: ids are
/// integers. Id 0 is a token like any other, as in the published recipe.
/// Source: Shao, Li, Meng and Zhou 2025, arXiv:2510.27688, section 2.
/// </summary>
public static partial class TokenDropout
{
    private const string Op = nameof(TokenDropout);

    /// <summary>Drops tokens.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="ids">int [..., K], N rows.</param>
    /// <param name="probability">p, in [0, 1); with 0 the result is <paramref name="ids"/> itself.</param>
    /// <param name="rows">Global index of each row, int [N], not negative: micro-batches do not change the choice.</param>
    /// <param name="stream">Token k of row r stays if uniform number rows[r] * K + k is greater than p.</param>
    /// <returns>The ids, 0 if dropped, in the shape of <paramref name="ids"/>.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor ids, float probability, Tensor rows, RandomStream stream)
    {
        Check.Device(Op, tape, ids, rows);
        Check.Vector(Op, nameof(rows), rows, ids.Rows);
        Dropout.CheckProbability(Op, probability);
        if (probability == 0)
        {
            return ids;
        }

        Tensor kept = tape.Rent(ids.Shape, Op, ElementType.Int32);
        tape.Device.Run(new Forward(ids, probability, new RowNoise(null, rows, stream), kept));
        return kept;
    }

    private readonly partial struct Forward(Tensor ids, float probability, RowNoise noise, Tensor kept) : IDeviceWork;
}

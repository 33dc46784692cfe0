using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Likelihood-free temperature 1/n from a pool of draws: among the distinct patches, those drawn at least n times are
/// candidates, each with weight C(count, n), the number of ways in which n draws agree on it. If none is, n - 1 takes the
/// place of n, and so on; at 1 every draw counts once.
/// Source: Shao, Li, Meng and Zhou 2025, arXiv:2510.27688, algorithm 2.
/// </summary>
public static partial class CandidateChoice
{
    private const string Op = nameof(CandidateChoice);

    // Doubles hold integers exactly below this; kernels use 64-bit integers and so the same numbers.
    private const double LeastInexact = 1L << 53;

    // Binary places of u that count: all that a float uniform number has.
    private const int UniformBits = 24;

    /// <summary>Chooses a patch for every sequence.</summary>
    /// <param name="tape">The step it belongs to; nothing is recorded.</param>
    /// <param name="ids">Draws in the order in which they were made, int [B, N, K].</param>
    /// <param name="u">Uniform in [0, 1), [B]; of its binary places the first 24 count.</param>
    /// <param name="agreement">n, at least 1.</param>
    /// <returns>
    /// The number of the draw at which the chosen patch first appears, int [B], and that patch, int [B, K].
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The sizes do not fit, or weights would be too large (see <see cref="Supports"/>); the message names the operand.
    /// </exception>
    public static ChosenPatches Apply(Tape tape, Tensor ids, Tensor u, int agreement)
    {
        Check.Device(Op, tape, ids, u);
        Check.That(ids.Shape.Rank == 3, Op, "number of axes of ids", ids.Shape.Rank, "3");
        int sequences = ids.Shape[0];
        int candidates = ids.Shape[1];
        Check.That(candidates >= 1, Op, "number of candidates", candidates, "at least 1");
        Check.That(agreement >= 1, Op, "agreement", agreement, "at least 1");
        Check.Vector(Op, nameof(u), u, sequences);
        Check.That(
            Supports(candidates, agreement), Op, $"agreement among {candidates} candidates", agreement,
            "C(candidates, agreement) * agreement below 2^53");

        Tensor draws = tape.Rent(new Shape(sequences), Op, ElementType.Int32);
        Tensor patches = tape.Rent(new Shape(sequences, ids.Columns), Op, ElementType.Int32);
        tape.Device.Run(new Forward(tape, ids, u, agreement, draws, patches));
        return new ChosenPatches(draws, patches);
    }

    /// <summary>
    /// Whether all numbers of a choice are exact integers: C(N, m) m is below 2^53 for every m that can take the place of n.
    /// </summary>
    /// <param name="candidates">N.</param>
    /// <param name="agreement">n.</param>
    public static bool Supports(int candidates, int agreement)
    {
        for (int m = Math.Min(agreement, candidates); m >= 1; m--)
        {
            if (Ways(candidates, m) * m >= LeastInexact)
            {
                return false;
            }
        }

        return true;
    }

    private readonly partial struct Forward(
        Tape tape, Tensor ids, Tensor u, int agreement, Tensor draws, Tensor patches) : IDeviceWork;
}

/// <summary>The result of <see cref="CandidateChoice"/>.</summary>
/// <param name="Draws">The draw at which each sequence's patch first appears, int [B].</param>
/// <param name="Patches">The patches, int [B, K].</param>
public readonly record struct ChosenPatches(Tensor Draws, Tensor Patches);

using Calm.Kernels;

namespace Calm.Training;

/// <summary>
/// A sequence's request for its next patch: the draws that were made for it, and those that are missing for its sampler to
/// choose. The choice depends neither on other requests nor on how many draws are made at once.
/// </summary>
/// <param name="sequence">The sequence.</param>
/// <param name="patches">Holds the draws of all requests.</param>
internal sealed class PatchRequest(CalmSequence sequence, DrawnPatches patches) : ICandidates
{
    // Twelve rows for each of two threads take little longer than one. Further blocks are twice what there is: each reads
    // the weights once, and every draw that nobody looks at is in vain.
    private const int LeastBlock = 24;
    private const int Growth = 2;
    private const int MostBlock = 128;

    private static readonly int[][] FirstPair = [[0, 1]];

    private readonly ISelection _selection = sequence.Sampler.Begin(sequence.Noise.Choice(sequence.Patch));
    private PatchChoice? _choice;
    private int _wanted;

    /// <summary>The sequence.</summary>
    public CalmSequence Sequence => sequence;

    /// <summary>Rows of its draws in <see cref="DrawnPatches"/>, in the order in which they were drawn.</summary>
    public List<int> Rows { get; } = [];

    /// <summary>Draws to make next: the number of the first, and how many.</summary>
    public (int First, int Count) Block
    {
        get
        {
            int first = Rows.Count;
            int lacking = Math.Max(_wanted, sequence.Sampler.FewestCandidates) - first;
            int block = Math.Max(lacking, Math.Clamp(Growth * first, LeastBlock, MostBlock));
            return (first, _wanted <= first ? 0 : Math.Min(block, sequence.Sampler.MostCandidates - first));
        }
    }

    /// <summary>Rows of which the token at <see cref="Position"/> is to be decoded next.</summary>
    public List<int> Undecoded { get; } = [];

    /// <summary>Position of the missing tokens within their patches.</summary>
    public int Position { get; private set; }

    /// <summary>The chosen patch; null until it is chosen.</summary>
    public ChosenPatch? Chosen { get; private set; }

    /// <summary>Goes on until the patch is chosen, or draws or tokens are missing.</summary>
    public void Continue()
    {
        Undecoded.Clear();
        if ((_choice ??= _selection.Continue(this)) is not { } choice)
        {
            return;
        }

        int? pair = Rows.Count > 1 ? FirstAgreeing(FirstPair) : null;
        int row = Rows[choice.Draw];
        if (Undecoded.Count == 0 && Know([row]))
        {
            Chosen = new ChosenPatch(patches.Tokens(row).ToArray(), choice, Rows.Count, pair is null ? null : pair == 0);
        }
    }

    /// <inheritdoc/>
    public int? Make(int count)
    {
        _wanted = count;
        return Rows.Count < count ? null : Rows.Count;
    }

    /// <inheritdoc/>
    public int? FirstAgreeing(IReadOnlyList<int[]> groups)
    {
        List<int> left = [.. Enumerable.Range(0, groups.Count)];
        for (int position = patches.PatchSize - 1; position >= 0 && left.Count > 0; position--)
        {
            if (!Know(left.SelectMany(group => groups[group]).Select(draw => Rows[draw]), position))
            {
                return null;
            }

            left.RemoveAll(group => !Agrees(groups[group], position));
        }

        return left.Count > 0 ? left[0] : -1;
    }

    /// <inheritdoc/>
    public int Choose(int count, int agreement, double u)
    {
        if (count == 1)
        {
            return 0;
        }

        int[] pool = [.. Rows[..count]];
        if (agreement > 1)
        {
            return Rows.IndexOf(new AgreementSearch(patches).Choose(pool, agreement, u));
        }

        patches.DecodeAll(pool);
        return CandidateChoice.Choose(patches.Tokens(pool), patches.PatchSize, 1, u);
    }

    /// <summary>Whether whole patches are known; if not, asks for tokens.</summary>
    private bool Know(int[] rows)
    {
        for (int position = patches.PatchSize - 1; position >= 0; position--)
        {
            if (!Know(rows, position))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether tokens are known; if not, asks for them. Those behind them are known.</summary>
    private bool Know(IEnumerable<int> rows, int position)
    {
        Undecoded.AddRange(rows.Where(row => !patches.Knows(row, position)).Distinct());
        Position = position;
        return Undecoded.Count == 0;
    }

    private bool Agrees(int[] draws, int position)
    {
        int token = patches.Tokens(Rows[draws[0]])[position];
        return draws.All(draw => patches.Tokens(Rows[draw])[position] == token);
    }
}

/// <summary>A chosen patch and its cost.</summary>
/// <param name="Tokens">[K].</param>
/// <param name="Choice">The choice among the draws.</param>
/// <param name="Drawn">Draws that were made, those made ahead included.</param>
/// <param name="FirstPairAgrees">Whether the first two draws are equal, with chance sum p^2; null for one draw.</param>
internal sealed record ChosenPatch(int[] Tokens, PatchChoice Choice, int Drawn, bool? FirstPairAgrees);

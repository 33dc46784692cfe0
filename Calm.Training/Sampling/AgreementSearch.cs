using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Chooses patches exactly as <see cref="CandidateChoice"/> does, but decodes only tokens that can matter: a draw whose
/// last tokens no n - 1 other draws share cannot be chosen, whatever its first tokens are. Positions are decoded from the
/// last, where draws of a trained model differ most: docs/performance.md.
/// </summary>
/// <remarks>
/// A row's bits do not depend on the rows beside it, so that a token decoded alone is the token decoded with all.
/// </remarks>
internal sealed class AgreementSearch
{
    // Tokens that are decoded as fast as one: rows of the thin product of HostGemm.
    private const int FewTokens = 16;

    private readonly Autoencoder _autoencoder;
    private readonly Tape _tape;
    private readonly Tensor _patches;
    private readonly VocabularyScreen? _screen;
    private readonly int _sequences;
    private readonly int _draws;
    private readonly int _patchSize;
    private readonly int[] _tokens;
    private readonly int[] _known;
    private readonly int[] _group;

    /// <summary>A search among draws that no token has been decoded of.</summary>
    /// <param name="autoencoder">Decodes them.</param>
    /// <param name="tape">The step they belong to.</param>
    /// <param name="latents">[B, N, L].</param>
    /// <param name="screen">Of the autoencoder's token table, or null.</param>
    public AgreementSearch(Autoencoder autoencoder, Tape tape, Tensor latents, VocabularyScreen? screen)
    {
        _screen = screen;
        _autoencoder = autoencoder;
        _tape = tape;
        _sequences = latents.Shape[0];
        _draws = latents.Shape[1];
        _patchSize = autoencoder.Config.PatchSize;
        _patches = autoencoder.DecodePatch(tape, latents.Reshape(latents.Rows, latents.Columns));
        _tokens = new int[latents.Rows * _patchSize];
        _known = new int[latents.Rows];
        _group = new int[latents.Rows];
    }

    /// <summary>Whether a choice can leave tokens undecoded and be the same.</summary>
    /// <param name="device">Where it is made. A product of few rows is not rounded to bfloat16, one of many is.</param>
    /// <param name="candidates">N.</param>
    /// <param name="agreement">n; without any, all draws count by how often they occur.</param>
    public static bool Pays(Device device, int candidates, int agreement) =>
        device is HostDevice { Precision: Precision.Float32 } && Math.Min(candidates, agreement) > 1;

    /// <summary>Chooses a patch for every sequence.</summary>
    /// <param name="agreement">n, at least 2.</param>
    /// <param name="u">Uniform in [0, 1), [B].</param>
    /// <returns>Tokens, [B, K].</returns>
    public int[] Choose(int agreement, ReadOnlySpan<double> u)
    {
        int[] chosen = new int[_sequences * _patchSize];
        List<int> open = [.. Enumerable.Range(0, _sequences)];
        for (int m = Math.Min(agreement, _draws); m > 1 && open.Count > 0; m--)
        {
            ILookup<int, int> agreeing = Agreeing(open, m).Order().ToLookup(draw => draw / _draws);
            foreach (IGrouping<int, int> draws in agreeing)
            {
                int[] pool = [.. draws.SelectMany(draw => Patch(draw).ToArray())];
                int place = CandidateChoice.Choose(pool, _patchSize, m, u[draws.Key]);
                pool.AsSpan(place * _patchSize, _patchSize).CopyTo(chosen.AsSpan(draws.Key * _patchSize));
            }

            open.RemoveAll(agreeing.Contains);
        }

        foreach (int sequence in open)
        {
            AnyOf(sequence, u[sequence]).CopyTo(chosen.AsSpan(sequence * _patchSize));
        }

        return chosen;
    }

    /// <summary>The draws of some sequences whose whole patches at least <paramref name="m"/> draws share.</summary>
    private List<int> Agreeing(List<int> sequences, int m)
    {
        List<int> left = [];
        foreach (int sequence in sequences)
        {
            left.AddRange(Enumerable.Range(sequence * _draws, _draws));
            _group.AsSpan(sequence * _draws, _draws).Fill(sequence);
        }

        for (int position = _patchSize - 1; position >= 0 && left.Count > 0; position--)
        {
            Decode(left, position);
            left = Agreeing(left, position, m);
        }

        return left;
    }

    /// <summary>Those of which m of a group agree on one more token: groups of their own, named by their first draw.</summary>
    private List<int> Agreeing(List<int> draws, int position, int m)
    {
        List<int> agreeing = [];
        foreach (IGrouping<(int, int), int> same in draws.GroupBy(draw => (_group[draw], Patch(draw)[position])))
        {
            int[] group = [.. same];
            if (group.Length >= m)
            {
                agreeing.AddRange(group);
                Array.ForEach(group, draw => _group[draw] = group[0]);
            }
        }

        return agreeing;
    }

    /// <summary>No two draws of the sequence agree, so that each counts once.</summary>
    private ReadOnlySpan<int> AnyOf(int sequence, double u)
    {
        int[] distinct = [.. Enumerable.Range(0, _draws)];
        int draw = sequence * _draws + CandidateChoice.Choose(distinct, 1, 1, u);
        DecodeAll([draw]);
        return Patch(draw);
    }

    /// <summary>Makes sure that the tokens at <paramref name="position"/> are known, those behind it being so.</summary>
    private void Decode(List<int> draws, int position)
    {
        int[] missing = [.. draws.Where(draw => position < _patchSize - _known[draw])];
        if (missing.Length == 0)
        {
            return;
        }

        if (missing.Length * _patchSize <= FewTokens)
        {
            DecodeAll(missing);
            return;
        }

        int[] tokens = _autoencoder.DecodeToken(_tape, Rows(missing), position, _screen).ToIntegerArray();
        for (int i = 0; i < missing.Length; i++)
        {
            _tokens[missing[i] * _patchSize + position] = tokens[i];
            _known[missing[i]]++;
        }
    }

    /// <summary>All tokens at once: the vocabulary is read once for them, which takes longer than their products.</summary>
    private void DecodeAll(int[] draws)
    {
        int[] tokens = _autoencoder.DecodePatchTokens(_tape, Rows(draws), _screen).ToIntegerArray();
        for (int i = 0; i < draws.Length; i++)
        {
            tokens.AsSpan(i * _patchSize, _patchSize).CopyTo(_tokens.AsSpan(draws[i] * _patchSize));
            _known[draws[i]] = _patchSize;
        }
    }

    private Tensor Rows(int[] draws) =>
        draws.Length == _patches.Rows
            ? _patches
            : Embedding.Apply(_tape, _tape.From(draws, new Shape(draws.Length)), _patches);

    private ReadOnlySpan<int> Patch(int draw) => _tokens.AsSpan(draw * _patchSize, _patchSize);
}

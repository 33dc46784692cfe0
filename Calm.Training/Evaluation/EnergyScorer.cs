using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Scores continuations by draws of a CALM model: by the energy distance between draws and the text's latents, and by the tokens
/// that draws have right. The prompt is read once for all continuations: docs/scoring.md.
/// </summary>
internal sealed class EnergyScorer : IContinuationScorer
{
    /// <summary>Most draws of a patch; the distances between them take the square of their number.</summary>
    public const int MostDraws = 1024;

    private const int MostPatchesAtOnce = 64;

    private readonly CalmModel _model;
    private readonly ITokenizer _tokenizer;
    private readonly int _draws;
    private readonly ulong _seed;
    private readonly int _patchSize;
    private readonly int _patchesAtOnce;
    private readonly Tape _tape;
    private readonly Arena _arena;
    private readonly KeyValueCache[] _caches;
    private RandomStream _noise;
    private RandomStream _targetNoise;
    private int _promptPatches;
    private int[] _begun = [];
    private PatchDraws? _first;

    /// <summary>A scorer without a prompt.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="device">The device of its parameters.</param>
    /// <param name="draws">S: draws of each patch, and of the latent of the text's own; at least 2.</param>
    /// <param name="seed">The same seed gives the same scores.</param>
    public EnergyScorer(CalmModel model, ITokenizer tokenizer, Device device, int draws = 64, ulong seed = 1)
    {
        (_model, _tokenizer, _draws, _seed) = (model, tokenizer, draws, seed);
        _patchSize = model.Config.PatchSize;
        _patchesAtOnce = Math.Clamp(CalmObjective.HeadRowsAtOnce(device, model.Config) / draws, 1, MostPatchesAtOnce);
        _tape = new Tape(device, recording: false) { ReleasesEarly = true };
        _arena = new Arena(device, "key-value cache");
        _caches = model.CreateCaches(_arena, 1, 1);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ContinuationMeasure> Measures => [ContinuationMeasure.Energy, ContinuationMeasure.Agreement];

    /// <inheritdoc/>
    public int FewestTokens => _patchSize - _begun.Length;

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<int> ids, uint trial = 0)
    {
        _noise = RandomStreams.ScoreNoise(_seed, trial);
        _targetNoise = RandomStreams.ScoreTargets(_seed, trial);
        int whole = ids.Length / _patchSize * _patchSize;
        _begun = ids[whole..].ToArray();
        int[] patches = whole > 0
            ? ids[..whole].ToArray()
            : [_tokenizer.EndOfText, .. Enumerable.Repeat(_tokenizer.Pad, _patchSize - 1)];
        Array.ForEach(_caches, cache => cache.Truncate(0));
        _promptPatches = patches.Length / _patchSize;
        float[] hidden = Hidden(patches);
        _first = Draw(hidden.AsSpan(hidden.Length - _model.Config.HiddenSize), 0)[0];
    }

    /// <inheritdoc/>
    public ContinuationScore[] Score(ReadOnlySpan<int> ids, bool ends = false)
    {
        PatchDraws first = _first ?? throw new InvalidOperationException("Score: no prompt was read.");
        if (ids.Length + (ends ? _patchSize : 0) < FewestTokens)
        {
            throw new ArgumentException($"Score: {ids.Length} tokens, expected at least {FewestTokens}.");
        }

        Text text = Layout(ids, ends);
        (DrawMean energy, DrawMean right) = Measure(text, 0, [first]);
        int patches = (text.Ids.Length + _patchSize - 1) / _patchSize;
        Array.ForEach(_caches, cache => cache.Truncate(_promptPatches));
        float[] hidden = patches > 1 ? Hidden(text.Ids.AsSpan(0, (patches - 1) * _patchSize)) : [];
        int width = _model.Config.HiddenSize;
        for (int patch = 1; patch < patches; patch += _patchesAtOnce)
        {
            int count = Math.Min(_patchesAtOnce, patches - patch);
            PatchDraws[] draws = Draw(hidden.AsSpan((patch - 1) * width, count * width), patch);
            (DrawMean energies, DrawMean rights) = Measure(text, patch, draws);
            (energy, right) = (energy + energies, right + rights);
        }

        int whole = text.Ids.Length / _patchSize;
        int own = text.End - text.Begun;
        return
        [
            new(ContinuationMeasure.Energy, energy.Over(whole), whole),
            new(ContinuationMeasure.Agreement, right.Over(own), own),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tape.Dispose();
        _arena.Dispose();
    }

    /// <summary>
    /// A continuation behind the prompt's last tokens. Text that goes on may end inside a patch, whose latent nobody knows; a
    /// document that ends is padded, as in training.
    /// </summary>
    private Text Layout(ReadOnlySpan<int> ids, bool ends)
    {
        List<int> all = [.. _begun, .. ids];
        if (ends)
        {
            all.Add(_tokenizer.EndOfText);
        }

        int end = all.Count;
        while (ends && all.Count % _patchSize != 0)
        {
            all.Add(_tokenizer.Pad);
        }

        return new Text([.. all], _begun.Length, end);
    }

    /// <summary>Hidden states of patches that follow those in the caches, [P, d].</summary>
    private float[] Hidden(ReadOnlySpan<int> ids)
    {
        _tape.Reset();
        Shape shape = new(1, ids.Length / _patchSize, _patchSize);
        return _model.Hidden(_tape, _tape.FromIntegers(ids, shape), _caches).ToArray();
    }

    /// <summary>
    /// Draws patches. A random number depends on the patch's place behind the prompt, the draw and its own place alone.
    /// </summary>
    /// <param name="hidden">Hidden states before them, [P, d].</param>
    /// <param name="place">Place of the first behind the prompt.</param>
    private PatchDraws[] Draw(ReadOnlySpan<float> hidden, int place)
    {
        _tape.Reset();
        CalmConfig config = _model.Config;
        int patches = hidden.Length / config.HiddenSize;
        Tensor rows = Rows(place, patches);
        Tensor noise = DrawNoise.Make(_tape, config, rows, 1, _noise);
        Tensor latents = _model.Draw(
            _tape, _tape.From(hidden, new Shape(patches, config.HiddenSize)),
            noise.Reshape(patches, _draws, noise.Columns));
        int[] tokens = _model.Autoencoder.DecodeTokens(_tape, latents.Reshape(latents.Rows, latents.Columns)).ToIntegerArray();
        return
        [
            .. latents.ToArray().Chunk(_draws * latents.Columns).Zip(
                tokens.Chunk(_draws * _patchSize), (x, ids) => new PatchDraws(x, ids, _draws, config.Beta)),
        ];
    }

    /// <summary>
    /// Sums of the energy and of the right tokens of some patches, which have independent draws, so that variances add.
    /// </summary>
    private (DrawMean Energy, DrawMean Right) Measure(Text text, int first, PatchDraws[] draws)
    {
        float[] targets = Targets(text.Ids, first, draws.Length);
        int size = _draws * _model.Config.LatentSize;
        (DrawMean energy, DrawMean right) = (default, default);
        for (int i = 0; i < draws.Length; i++)
        {
            int start = (first + i) * _patchSize;
            int end = Math.Min(start + _patchSize, text.End);
            right += draws[i].Agreement(text.Ids.AsSpan(start, end - start), Math.Max(0, text.Begun - start));
            if ((i + 1) * size <= targets.Length)
            {
                energy += draws[i].Energy(targets.AsSpan(i * size, size));
            }
        }

        return (energy, right);
    }

    /// <summary>
    /// Draws of the latents of those patches that are whole, [P, S, L]: like training's targets, from mean and deviation.
    /// </summary>
    private float[] Targets(int[] ids, int first, int count)
    {
        int whole = Math.Min(count, ids.Length / _patchSize - first);
        if (whole <= 0)
        {
            return [];
        }

        _tape.Reset();
        ReadOnlySpan<int> patches = ids.AsSpan(first * _patchSize, whole * _patchSize);
        (Tensor mean, Tensor logStd) = _model.Autoencoder.Encode(
            _tape, _tape.FromIntegers(patches, new Shape(whole, _patchSize)));
        int[] owners = [.. Enumerable.Range(0, whole * _draws).Select(row => row / _draws)];
        Tensor owner = _tape.FromIntegers(owners, new Shape(owners.Length));
        return Reparameterise.Apply(
            _tape, Embedding.Apply(_tape, owner, mean), Embedding.Apply(_tape, owner, logStd), Rows(first, whole), _targetNoise)
            .ToArray();
    }

    /// <summary>Number of each draw of some patches, from which its random numbers follow, int [P S].</summary>
    private Tensor Rows(int place, int patches)
    {
        int[] rows =
        [
            .. from patch in Enumerable.Range(place, patches)
               from draw in Enumerable.Range(0, _draws)
               select patch * MostDraws + draw,
        ];
        return _tape.FromIntegers(rows, new Shape(rows.Length));
    }

    /// <summary>Tokens from the patch on in which the prompt ends.</summary>
    /// <param name="Ids">The prompt's last tokens, the continuation's, an end of text and padding.</param>
    /// <param name="Begun">Number of the prompt's.</param>
    /// <param name="End">Number without padding.</param>
    private sealed record Text(int[] Ids, int Begun, int End);
}

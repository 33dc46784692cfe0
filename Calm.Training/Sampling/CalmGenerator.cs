using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The randomness of generation.</summary>
internal interface IGenerationNoise
{
    /// <summary>Noise of the head for one patch of each sequence, [B, N, numbers of a draw]: <see cref="DrawNoise"/>.</summary>
    Tensor HeadNoise(Tape tape, int patch, int sequences, int candidates);

    /// <summary>Uniform in [0, 1): which candidate is chosen.</summary>
    double Choice(int patch, int sequence);
}

/// <summary>
/// Writes text patch by patch: draws candidates for the next latent, decodes each to its most likely tokens, chooses one by
/// <see cref="CandidateChoice"/> and reads that one back. Logits are never written to memory.
/// </summary>
internal sealed class CalmGenerator : IDisposable
{
    private readonly CalmModel _model;
    private readonly Tape _tape;
    private readonly Arena _arena;
    private readonly KeyValueCache[] _caches;
    private readonly Lazy<VocabularyScreen?> _screen;
    private readonly int _sequences;
    private float[] _hidden = [];
    private Tensor? _latents;
    private int _patch;

    /// <summary>A generator of some sequences at once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="device">Where its parameters are.</param>
    /// <param name="sequences">B.</param>
    /// <param name="capacity">Patches to make room for at first.</param>
    public CalmGenerator(CalmModel model, Device device, int sequences, int capacity)
    {
        _model = model;
        _tape = new Tape(device, recording: false);
        _sequences = sequences;
        _arena = new Arena(device, "generation");
        _caches = model.CreateCaches(_arena, sequences, capacity);
        _screen = new(() => VocabularyScreen.Create(_arena, model.Autoencoder.TokenTable));
    }

    /// <summary>Decodes all candidates of the latest patch, [B, N, K]; until it is read.</summary>
    public int[] DecodeCandidates() => _latents is null ? [] : Decode(_latents).ToIntegerArray();

    /// <summary>Reads patches: the prompt at first, then what was chosen.</summary>
    /// <param name="ids">Tokens, [B, P K].</param>
    public void Read(ReadOnlySpan<int> ids)
    {
        _tape.Reset();
        int patchSize = _model.Config.PatchSize;
        int patches = ids.Length / _sequences / patchSize;
        Tensor hidden = _model.Hidden(_tape, _tape.From(ids, new Shape(_sequences, patches, patchSize)), _caches);
        float[] all = hidden.ToArray();
        int width = hidden.Columns;
        _hidden = new float[_sequences * width];
        for (int sequence = 0; sequence < _sequences; sequence++)
        {
            all.AsSpan(((sequence + 1) * patches - 1) * width, width).CopyTo(_hidden.AsSpan(sequence * width));
        }
    }

    /// <summary>Chooses the next patch of every sequence; <see cref="Read"/> it to go on.</summary>
    /// <param name="agreement">n of the temperature 1/n.</param>
    /// <param name="candidates">N; with an agreement of 1 one is enough.</param>
    /// <param name="noise">Where draws and choices come from.</param>
    /// <returns>Tokens, [B, K].</returns>
    public int[] Next(int agreement, int candidates, IGenerationNoise noise)
    {
        _tape.Reset();
        float[] u = [.. Enumerable.Range(0, _sequences).Select(sequence => (float)noise.Choice(_patch, sequence))];
        Tensor choices = _tape.From(u, new Shape(_sequences)); // before there is work to wait for
        Tensor latents = Draw(candidates, noise);
        _patch++;
        bool exact = CandidateChoice.Supports(candidates, agreement);
        if (AgreementSearch.Pays(_tape.Device, candidates, agreement))
        {
            double[] places = [.. u.Select(value => exact ? CandidateChoice.WhatCounts(value) : value)];
            AgreementSearch search = new(_model.Autoencoder, _tape, latents, _screen.Value);
            return search.Choose(agreement, places);
        }

        Tensor pools = Decode(latents);
        return exact
            ? CandidateChoice.Apply(_tape, pools, choices, agreement).Patches.ToIntegerArray()
            : Choose(pools.ToIntegerArray(), agreement, u);
    }

    /// <summary>The same by the law itself, which has no largest weight, from candidates that were read back.</summary>
    private int[] Choose(int[] candidates, int agreement, float[] u)
    {
        int patchSize = _model.Config.PatchSize;
        int poolSize = candidates.Length / _sequences;
        int[] chosen = new int[_sequences * patchSize];
        for (int sequence = 0; sequence < _sequences; sequence++)
        {
            ReadOnlySpan<int> pool = candidates.AsSpan(sequence * poolSize, poolSize);
            int draw = BatchTemperature.Choose(pool, patchSize, agreement, u[sequence]);
            pool.Slice(draw * patchSize, patchSize).CopyTo(chosen.AsSpan(sequence * patchSize));
        }

        return chosen;
    }

    /// <summary>Chooses the next patch of a single sequence among the candidates that begin in a given way.</summary>
    /// <param name="agreement">n of the temperature 1/n.</param>
    /// <param name="candidates">N.</param>
    /// <param name="noise">Where draws and choices come from.</param>
    /// <param name="begun">The tokens that the patch must begin with.</param>
    /// <param name="agrees">Whether any candidate did; if not, all were candidates.</param>
    /// <returns>Tokens, [K].</returns>
    public int[] Next(
        int agreement, int candidates, IGenerationNoise noise, ReadOnlySpan<int> begun, out bool agrees)
    {
        _tape.Reset();
        int[] drawn = Decode(Draw(candidates, noise)).ToIntegerArray();
        int patchSize = _model.Config.PatchSize;
        List<int> agreeing = [];
        for (int draw = 0; draw < candidates; draw++)
        {
            ReadOnlySpan<int> patch = drawn.AsSpan(draw * patchSize, patchSize);
            if (patch.StartsWith(begun))
            {
                agreeing.AddRange(patch);
            }
        }

        agrees = agreeing.Count > 0;
        int[] pool = agrees ? [.. agreeing] : drawn;
        int chosen = BatchTemperature.Choose(pool, patchSize, agreement, noise.Choice(_patch, 0));
        _patch++;
        return pool[(chosen * patchSize)..((chosen + 1) * patchSize)];
    }

    /// <summary>Latents, [B, N, L].</summary>
    private Tensor Draw(int candidates, IGenerationNoise noise)
    {
        Tensor hidden = _tape.From(_hidden, new Shape(_sequences, _hidden.Length / _sequences));
        return _latents = _model.Draw(_tape, hidden, noise.HeadNoise(_tape, _patch, _sequences, candidates));
    }

    /// <summary>Tokens, [B, N, K].</summary>
    private Tensor Decode(Tensor latents)
    {
        Tensor rows = latents.Reshape(latents.Rows, latents.Columns);
        return _model.Autoencoder.DecodeTokens(_tape, rows).Reshape(
            latents.Shape[0], latents.Shape[1], _model.Config.PatchSize);
    }

    /// <summary>Gives its memory back.</summary>
    public void Dispose()
    {
        _tape.Dispose();
        _arena.Dispose();
    }
}

/// <summary>Randomness of generation from a seed.</summary>
internal sealed class SeededGenerationNoise(CalmConfig config, ulong seed) : IGenerationNoise
{
    public Tensor HeadNoise(Tape tape, int patch, int sequences, int candidates)
    {
        Tensor rows = tape.From(Enumerable.Range(0, sequences).ToArray(), new Shape(sequences));
        RandomStream stream = RandomStreams.GenerationNoise(seed, (uint)patch);
        return DrawNoise.Make(tape, config, rows, candidates, stream);
    }

    public double Choice(int patch, int sequence) =>
        RandomStreams.GenerationChoice(seed, (uint)patch).Uniform((ulong)sequence);
}

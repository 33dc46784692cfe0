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
/// Writes text patch by patch: draws candidates for the next latent, decodes each to its most likely tokens, chooses one and
/// reads that one back. Logits are never written to memory.
/// </summary>
internal sealed class CalmGenerator : IDisposable
{
    // 32 MB of weights, those of a model whose product of one row is not bound by reading them from memory.
    private const long MostPacked = 1 << 24;

    private readonly CalmModel _model;
    private readonly Tape _tape;
    private readonly SideBySide _parts;
    private readonly Arena _arena;
    private readonly KeyValueCache[][] _caches;
    private readonly Lazy<VocabularyScreen?> _screen;
    private readonly int _sequences;
    private readonly float[] _hidden;
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
        _sequences = sequences;
        _arena = new Arena(device, "generation");
        _tape = new Tape(device, recording: false) { PackedWeights = new PackedWeightCache(_arena, MostPacked) };
        _parts = new SideBySide(_tape);
        _caches = [.. Enumerable.Range(0, sequences).Select(_ => model.CreateCaches(_arena, 1, capacity))];
        _hidden = new float[sequences * model.Config.HiddenSize];
        _screen = new(() => VocabularyScreen.Create(_arena, model.Autoencoder.TokenTable));
    }

    /// <summary>Decodes all candidates of the latest patch, [B, N, K]; until it is read.</summary>
    public int[] DecodeCandidates() => _latents is null ? [] : Decode(_latents).ToIntegerArray();

    /// <summary>Reads patches of every sequence: the prompt at first, then what was chosen.</summary>
    /// <param name="ids">Tokens, [B, P K].</param>
    public void Read(ReadOnlySpan<int> ids)
    {
        int length = ids.Length / _sequences;
        for (int sequence = 0; sequence < _sequences; sequence++)
        {
            Read(sequence, ids.Slice(sequence * length, length));
        }
    }

    /// <summary>Reads patches of one sequence, each of which has a length of its own.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="ids">Tokens, [P K].</param>
    public void Read(int sequence, ReadOnlySpan<int> ids)
    {
        _tape.Reset();
        int patchSize = _model.Config.PatchSize;
        int patches = ids.Length / patchSize;
        int width = _model.Config.HiddenSize;
        Tensor hidden = _model.Hidden(_tape, _tape.From(ids, new Shape(1, patches, patchSize)), _caches[sequence]);
        hidden.Slice((long)(patches - 1) * width, new Shape(width)).CopyTo(_hidden.AsSpan(sequence * width, width));
    }

    /// <summary>Chooses the next patch of every sequence in the published way; it is read back to go on.</summary>
    /// <param name="agreement">n of the temperature 1/n.</param>
    /// <param name="candidates">N; with an agreement of 1 one is enough.</param>
    /// <param name="noise">Where draws and choices come from.</param>
    /// <returns>Tokens, [B, K].</returns>
    public int[] Next(int agreement, int candidates, IGenerationNoise noise)
    {
        _tape.Reset();
        float[] u = [.. Enumerable.Range(0, _sequences).Select(sequence => (float)noise.Choice(_patch, sequence))];
        Tensor choices = _tape.From(u, new Shape(_sequences)); // before there is work to wait for
        Tensor hidden = _tape.From(_hidden, new Shape(_sequences, _model.Config.HiddenSize));
        _latents = _model.Draw(_tape, hidden, noise.HeadNoise(_tape, _patch, _sequences, candidates));
        _patch++;
        bool exact = CandidateChoice.Supports(candidates, agreement);
        if (AgreementSearch.Pays(_tape.Device, candidates, agreement))
        {
            return Search(_latents, agreement, [.. u.Select(value => exact ? CandidateChoice.WhatCounts(value) : value)]);
        }

        Tensor pools = Decode(_latents);
        return exact
            ? CandidateChoice.Apply(_tape, pools, choices, agreement).Patches.ToIntegerArray()
            : Choose(pools.ToIntegerArray(), agreement, u);
    }

    /// <summary>Chooses the next patch of some sequences, each as if it were alone; they are read back to go on.</summary>
    /// <param name="sampler">How they are chosen.</param>
    /// <param name="patch">The number of the patch, from 0 at the end of the prompt.</param>
    /// <param name="sequences">Numbers of the sequences.</param>
    /// <param name="noise">Where draws and choices come from.</param>
    public ChosenPatch[] Next(ITemperatureSampler sampler, int patch, int[] sequences, SeededGenerationNoise noise)
    {
        DrawnPatches patches = new(_model.Autoencoder, _tape, _parts, _screen.Value);
        CandidateDesk desk = new(
            _tape, patches, _model.Config.PatchSize,
            (tape, some, first, count) => Draw(tape, some, patch, first, count, noise));
        return desk.Choose(sampler, sequences, [.. sequences.Select(_ => noise.OfChoice(patch))]);
    }

    /// <summary>Chooses a sequence's next patch among the candidates that begin in a given way, by the batch rule.</summary>
    /// <param name="agreement">n of the temperature 1/n.</param>
    /// <param name="patch">The number of the patch.</param>
    /// <param name="sequence">The number of the sequence.</param>
    /// <param name="first">The first of its draws to take.</param>
    /// <param name="candidates">N.</param>
    /// <param name="noise">Where draws and choices come from.</param>
    /// <param name="begun">The tokens that the patch must begin with.</param>
    /// <param name="agrees">Whether any candidate did; if not, all were candidates.</param>
    /// <returns>Tokens, [K].</returns>
    public int[] Next(
        int agreement, int patch, int sequence, int first, int candidates, SeededGenerationNoise noise,
        ReadOnlySpan<int> begun, out bool agrees)
    {
        _tape.Reset();
        int[] drawn = Decode(Draw(_tape, [sequence], patch, first, candidates, noise)).ToIntegerArray();
        int patchSize = _model.Config.PatchSize;
        List<int> agreeing = [];
        for (int draw = 0; draw < candidates; draw++)
        {
            ReadOnlySpan<int> tokens = drawn.AsSpan(draw * patchSize, patchSize);
            if (tokens.StartsWith(begun))
            {
                agreeing.AddRange(tokens);
            }
        }

        agrees = agreeing.Count > 0;
        int[] pool = agrees ? [.. agreeing] : drawn;
        int chosen = BatchTemperature.Choose(pool, patchSize, agreement, noise.Choice(patch, 0));
        return pool[(chosen * patchSize)..((chosen + 1) * patchSize)];
    }

    /// <summary>Chooses from the draws of every sequence while decoding few of their tokens.</summary>
    private int[] Search(Tensor latents, int agreement, double[] u)
    {
        int candidates = latents.Shape[1];
        DrawnPatches patches = new(_model.Autoencoder, _tape, _parts, _screen.Value);
        patches.Add(latents.Reshape(latents.Rows, latents.Columns));
        int[][] pools =
            [.. Enumerable.Range(0, _sequences).Select(s => Enumerable.Range(s * candidates, candidates).ToArray())];
        int[] rows = new AgreementSearch(patches, _model.Config.PatchSize).Choose(pools, agreement, u);
        return [.. rows.SelectMany(row => patches.Tokens(row).ToArray())];
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

    /// <summary>Draws [first, first + count) of some sequences: latents, [sequences, count, L].</summary>
    private Tensor Draw(Tape tape, int[] sequences, int patch, int first, int count, SeededGenerationNoise noise)
    {
        int width = _model.Config.HiddenSize;
        float[] states = [.. sequences.SelectMany(sequence => _hidden[(sequence * width)..((sequence + 1) * width)])];
        Tensor hidden = tape.From(states, new Shape(sequences.Length, width));
        return _model.Draw(tape, hidden, noise.OfDraws(tape, patch, sequences.Length, first, count));
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
        _parts.Dispose();
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

    /// <summary>
    /// Noise of draws [first, first + count), the same for every sequence, so that a text depends on prompt and seed alone.
    /// Those of <see cref="HeadNoise"/> for a single sequence.
    /// </summary>
    /// <returns>[sequences, count, numbers of a draw].</returns>
    public Tensor OfDraws(Tape tape, int patch, int sequences, int first, int count)
    {
        int[] draws = [.. Enumerable.Range(0, sequences * count).Select(i => first + i % count)];
        RandomStream stream = RandomStreams.GenerationNoise(seed, (uint)patch);
        Tensor noise = DrawNoise.Make(tape, config, tape.From(draws, new Shape(draws.Length)), 1, stream);
        return noise.Reshape(sequences, count, noise.Columns);
    }

    /// <summary>Randomness of the choice of a patch.</summary>
    public ChoiceNoise OfChoice(int patch) => new(
        Choice(patch, 0), RandomStreams.GenerationPicks(seed, (uint)patch),
        RandomStreams.GenerationCoins(seed, (uint)patch));
}

using System.Text.Json.Nodes;
using Calm.Runtime;
using Calm.Training;

namespace Calm.Bench;

/// <summary>
/// Some chunks at temperature 1/n behind a prompt, by the batch algorithm. How alike the draws are decides how many of their
/// tokens have to be decoded: with hashed weights hardly any two agree.
/// </summary>
internal sealed class GenerationItem : IPeerItem, IPeerCheck
{
    private const int PromptPatches = 32;
    private const int ChunksOfSquares = 128;

    private static readonly int[] Alone = [0];

    private readonly HostDevice _host;
    private readonly CalmModel _model;
    private readonly int _agreement;
    private readonly int _candidates;
    private readonly int[] _prompt;
    private readonly LazyTemperature? _lazy;
    private readonly ITemperatureSampler _sampler;
    private CalmGenerator? _generator;
    private int _runs;

    /// <summary>A trained model from its folder, or one of a preset's sizes with hashed weights.</summary>
    public GenerationItem(HostDevice host, JsonNode item)
    {
        _host = host;
        _model = (string?)item["model"] is { } folder
            ? PublishedCheckpoint.LoadCalm(folder, host)
            : PeerModel.Create(host, Presets.Get((string)item["preset"]!), trainable: false);
        _agreement = (int)item["agreement"]!;
        _candidates = (int)item["candidates"]!;
        Units = (int)item["chunks"]!;
        _lazy = (bool?)item["lazy"] == true ? new LazyTemperature(_agreement, _candidates) : null;
        _sampler = (ITemperatureSampler?)_lazy ?? new BatchSampler(_agreement, _candidates);
        int patchSize = _model.Config.PatchSize;
        int[] given = item["prompt"] is { } prompt ? [.. prompt.AsArray().Select(id => (int)id!)] : [];
        _prompt = given.Length > 0
            ? given[..(given.Length / patchSize * patchSize)]
            : HashedData.Integers("ids", PromptPatches * patchSize, _model.Config.VocabSize - 3);
    }

    /// <inheritdoc/>
    public int Units { get; }

    /// <summary>Reads the prompt.</summary>
    public void Prepare()
    {
        _generator?.Dispose();
        _generator = new CalmGenerator(_model, _host, 1, _prompt.Length / _model.Config.PatchSize + Units + 1);
        _generator.Read(_prompt);
    }

    /// <inheritdoc/>
    public void Run() => Write(new SeededGenerationNoise(_model.Config, (ulong)_runs++), Units);

    /// <summary>
    /// All candidates of two chunks: equal tokens are equal numbers. Of the lazy form a property of the model's law, and what
    /// it took.
    /// </summary>
    public IEnumerable<PeerResult> Results()
    {
        Prepare();
        if (_lazy is not null)
        {
            return Properties();
        }

        return Pools();
    }

    private IEnumerable<PeerResult> Pools()
    {
        HashedNoise noise = new(_model.Config);
        for (int chunk = 0; chunk < 2; chunk++)
        {
            int[] chosen = _generator!.Next(_agreement, _candidates, noise);
            yield return PeerResult.Of($"candidates {chunk}", [.. _generator.DecodeCandidates().Select(id => (float)id)]);
            yield return PeerResult.Of($"chosen {chunk}", [.. chosen.Select(id => (float)id)]);
            _generator.Read(chosen);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _generator?.Dispose();

    /// <summary>How often two draws of a chunk are equal, on average, and draws that the lazy form looks at.</summary>
    private IEnumerable<PeerResult> Properties()
    {
        SeededGenerationNoise noise = new(_model.Config, 1);
        double equal = 0;
        long candidates = 0;
        for (int chunk = 0; chunk < ChunksOfSquares; chunk++)
        {
            ChosenPatch chosen = _generator!.Next(_lazy!, chunk, Alone, noise)[0];
            candidates += chosen.Choice.Candidates;
            _ = _generator.Next(_agreement, _candidates, noise);
            IEnumerable<int> counts = _generator.DecodeCandidates().Chunk(_model.Config.PatchSize)
                .GroupBy(patch => string.Join(' ', patch)).Select(same => same.Count());
            equal += counts.Sum(count => (double)count * (count - 1));
            _generator.Read(chosen.Tokens);
        }

        double pairs = (double)_candidates * (_candidates - 1);
        yield return PeerResult.Of("mean of sum p^2", equal / pairs / ChunksOfSquares);
        yield return PeerResult.Of("candidates a chunk", (double)candidates / ChunksOfSquares);
    }

    private void Write(SeededGenerationNoise noise, int chunks)
    {
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            _generator!.Read(_generator.Next(_sampler, chunk, Alone, noise)[0].Tokens);
        }
    }

    private sealed class HashedNoise(CalmConfig config) : IGenerationNoise
    {
        public Tensor HeadNoise(Tape tape, int patch, int sequences, int candidates)
        {
            Shape shape = new(sequences, candidates, config.NoiseSize);
            return tape.From(HashedData.Floats($"head noise {patch}", shape.Count, 0.5f), shape);
        }

        public double Choice(int patch, int sequence) => 0.5;
    }
}

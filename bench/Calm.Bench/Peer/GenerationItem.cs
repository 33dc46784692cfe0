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

    private readonly HostDevice _host;
    private readonly CalmModel _model;
    private readonly int _agreement;
    private readonly int _candidates;
    private readonly int[] _prompt;
    private readonly ITemperatureSampler _sampler;
    private CalmGenerator? _generator;
    private CalmSequence? _sequence;
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
        _sampler = (bool?)item["lazy"] == true
            ? new LazyTemperature(_agreement, _candidates)
            : new BatchSampler(_agreement, _candidates);
        int patchSize = _model.Config.PatchSize;
        int[] given = item["prompt"] is { } prompt ? [.. prompt.AsArray().Select(id => (int)id!)] : [];
        _prompt = given.Length > 0
            ? given[..(given.Length / patchSize * patchSize)]
            : HashedData.Integers("ids", PromptPatches * patchSize, _model.Config.VocabSize - 3);
    }

    /// <inheritdoc/>
    public int Units { get; }

    /// <summary>Reads the prompt.</summary>
    public void Prepare() => Prepare(new SeededNoise(_model.Config, (ulong)_runs++));

    private void Prepare(IGenerationNoise noise)
    {
        _generator?.Dispose();
        _generator = new CalmGenerator(_model, _host);
        _sequence = _generator.Begin(_sampler, noise, _prompt.Length / _model.Config.PatchSize + Units + 1);
        _generator.Read(_sequence, _prompt);
    }

    /// <inheritdoc/>
    public void Run()
    {
        for (int chunk = 0; chunk < Units; chunk++)
        {
            Write();
        }
    }

    /// <summary>
    /// All candidates of two chunks: equal tokens are equal numbers. Of the lazy form a property of the model's law, and the
    /// draws that it took.
    /// </summary>
    public IEnumerable<PeerResult> Results() => _sampler is LazyTemperature ? Properties() : Pools();

    private IEnumerable<PeerResult> Pools()
    {
        Prepare(new HashedNoise(_model.Config, _candidates));
        for (int chunk = 0; chunk < 2; chunk++)
        {
            int[] drawn = _generator!.Candidates(_sequence!, 0, _candidates);
            yield return PeerResult.Of($"candidates {chunk}", [.. drawn.Select(id => (float)id)]);
            yield return PeerResult.Of($"chosen {chunk}", [.. Write().Tokens.Select(id => (float)id)]);
        }
    }

    /// <summary>The mean rate of equal pairs of draws, and the mean number of draws that the lazy form looks at.</summary>
    private IEnumerable<PeerResult> Properties()
    {
        Prepare(new SeededNoise(_model.Config, 1));
        double equal = 0;
        long candidates = 0;
        for (int chunk = 0; chunk < ChunksOfSquares; chunk++)
        {
            IEnumerable<int> counts = _generator!.Candidates(_sequence!, 0, _candidates).Chunk(_model.Config.PatchSize)
                .GroupBy(patch => string.Join(' ', patch)).Select(same => same.Count());
            equal += counts.Sum(count => (double)count * (count - 1));
            candidates += Write().Choice.Candidates;
        }

        double pairs = (double)_candidates * (_candidates - 1);
        yield return PeerResult.Of("mean of sum p^2", equal / pairs / ChunksOfSquares);
        yield return PeerResult.Of("candidates a chunk", (double)candidates / ChunksOfSquares);
    }

    private ChosenPatch Write()
    {
        ChosenPatch chosen = _generator!.Next(_sequence!)[0];
        _generator.Read(_sequence!, chosen.Tokens);
        return chosen;
    }

    /// <inheritdoc/>
    public void Dispose() => _generator?.Dispose();

    private sealed class HashedNoise(CalmConfig config, int candidates) : IGenerationNoise
    {
        public Tensor Draws(Tape tape, int patch, int first, int count)
        {
            int size = config.NoiseSize;
            float[] numbers = HashedData.Floats($"head noise {patch}", (long)candidates * size, 0.5f);
            return tape.From(numbers.AsSpan(first * size, count * size), new Shape(count, size));
        }

        public ChoiceNoise Choice(int patch) => new(0.5, default, default);
    }
}

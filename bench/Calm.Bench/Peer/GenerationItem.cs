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

    private readonly HostDevice _host;
    private readonly CalmModel _model;
    private readonly int _agreement;
    private readonly int _candidates;
    private readonly int[] _prompt;
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
        _prompt = HashedData.Integers("ids", PromptPatches * _model.Config.PatchSize, _model.Config.VocabSize - 3);
    }

    /// <inheritdoc/>
    public int Units { get; }

    /// <summary>Reads the prompt.</summary>
    public void Prepare()
    {
        _generator?.Dispose();
        _generator = new CalmGenerator(_model, _host, 1, PromptPatches + Units + 1);
        _generator.Read(_prompt);
    }

    /// <inheritdoc/>
    public void Run() => Write(new SeededGenerationNoise(_model.Config, (ulong)_runs++), Units);

    /// <summary>All candidates of two chunks: equal tokens are equal numbers.</summary>
    public IEnumerable<PeerResult> Results()
    {
        Prepare();
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

    private void Write(IGenerationNoise noise, int chunks)
    {
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            _generator!.Read(_generator.Next(_agreement, _candidates, noise));
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

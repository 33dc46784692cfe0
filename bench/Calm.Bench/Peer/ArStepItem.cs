using Calm.Kernels;
using Calm.Runtime;
using Calm.Training;

namespace Calm.Bench;

/// <summary>
/// A training step of a token-by-token model on the same text: the preset's backbone over T K tokens instead of T patches,
/// untied embeddings, cross-entropy over the vocabulary.
/// </summary>
internal sealed class ArStepItem : IPeerItem, IPeerCheck
{
    private const double LearningRate = 1e-3;

    private readonly CalmConfig _config;
    private readonly Tape _tape;
    private readonly ParameterSet _parameters = new();
    private readonly Parameter _embedding;
    private readonly Parameter _output;
    private readonly Transformer _transformer;
    private readonly AdamWOptimizer _optimizer;
    private readonly int[] _inputs;
    private readonly int[] _targets;
    private readonly int _sequences;

    /// <summary>A preset's backbone with hashed weights.</summary>
    public ArStepItem(HostDevice host, string preset)
    {
        RunConfig config = Presets.Get(preset);
        _config = config.Calm;
        _tape = new Tape(host) { ReleasesEarly = true };
        Shape table = new(_config.VocabSize, _config.HiddenSize);
        _embedding = _parameters.Add("model.embed_tokens.weight", table, Initialization.Zeros);
        _transformer = new Transformer(_parameters, _config, "model.");
        _output = _parameters.Add("lm_head.weight", table, Initialization.Zeros);
        _parameters.Allocate(host, trainable: true);
        HashedData.Fill(_parameters);
        _optimizer = new AdamWOptimizer(host, _parameters, new AdamW.Options());
        _sequences = config.CalmTraining.BatchSize;
        int tokens = config.CalmTraining.ContextPatches * _config.PatchSize;
        int[] ids = HashedData.Integers("ids", (long)_sequences * tokens, _config.VocabSize - 3);
        _inputs = [.. ids.Where((_, i) => i % tokens != tokens - 1)];
        _targets = [.. ids.Where((_, i) => i % tokens != 0)];
    }

    /// <inheritdoc/>
    public void Prepare()
    {
        // A step begins by forgetting the last.
    }

    /// <inheritdoc/>
    public void Run()
    {
        Backward();
        _optimizer.Step(LearningRate, _optimizer.GradientNorm(_tape), 1);
    }

    /// <inheritdoc/>
    public IEnumerable<PeerResult> Results()
    {
        float loss = Backward();
        return [PeerResult.Of("loss", loss), .. PeerModel.Gradients(_parameters)];
    }

    /// <inheritdoc/>
    public void Dispose() => _tape.Dispose();

    private float Backward()
    {
        _tape.Reset();
        _parameters.ForgetGradients();
        Shape shape = new(_sequences, _inputs.Length / _sequences);
        Tensor x = Embedding.Apply(_tape, _tape.From(_inputs, shape), _embedding.Value);
        Tensor hidden = _transformer.Apply(_tape, x);
        Tensor loss = VocabularyCrossEntropy.Apply(_tape, hidden, _output.Value, _tape.From(_targets, shape));
        _tape.Backward(loss);
        return loss.ToArray()[0];
    }
}

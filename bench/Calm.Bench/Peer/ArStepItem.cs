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

    private readonly Tape _tape;
    private readonly ArModel _model;
    private readonly AdamWOptimizer _optimizer;
    private readonly int[] _ids;
    private readonly int _sequences;

    /// <summary>A preset's backbone with hashed weights.</summary>
    public ArStepItem(HostDevice host, string preset)
    {
        RunConfig config = Presets.Get(preset);
        _tape = new Tape(host) { ReleasesEarly = true };
        _model = new ArModel(config.Ar);
        _model.Parameters.Allocate(host, trainable: true);
        HashedData.Fill(_model.Parameters);
        _optimizer = new AdamWOptimizer(host, _model.Parameters, new AdamW.Options());
        _sequences = config.ArTraining.BatchSize;
        _ids = HashedData.Integers(
            "ids", (long)_sequences * config.ArTraining.ContextTokens, config.Ar.VocabSize - 3);
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
        return [PeerResult.Of("loss", loss), .. PeerModel.Gradients(_model.Parameters)];
    }

    /// <inheritdoc/>
    public void Dispose() => _tape.Dispose();

    private float Backward()
    {
        _tape.Reset();
        _model.Parameters.ForgetGradients();
        Tensor loss = ArObjective.Loss(_tape, _model, ArBatch.Make(_tape, _ids, _ids, _sequences));
        _tape.Backward(loss);
        return loss.ToArray()[0];
    }
}

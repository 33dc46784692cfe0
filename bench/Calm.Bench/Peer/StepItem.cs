using Calm.Runtime;
using Calm.Training;

namespace Calm.Bench;

/// <summary>A whole training step of a preset: what <c>calm bench --step</c> times.</summary>
internal sealed class StepItem(HostDevice host, string preset) : IPeerItem
{
    private readonly StepTimer _timer = new(preset, host);

    /// <inheritdoc/>
    public void Prepare()
    {
        // A step begins by forgetting the last.
    }

    /// <inheritdoc/>
    public void Run() => _timer.Step();

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}

/// <summary>Loss and all gradients of a step with weights, tokens and noise that both sides know.</summary>
internal sealed class StepCheck : IPeerCheck
{
    private readonly RunConfig _config;
    private readonly Tape _tape;
    private readonly CalmModel _model;

    /// <summary>A preset's model with hashed weights.</summary>
    public StepCheck(HostDevice host, string preset)
    {
        _config = Presets.Get(preset);
        _tape = new Tape(host);
        _model = PeerModel.Create(host, _config, trainable: true);
    }

    /// <inheritdoc/>
    public IEnumerable<PeerResult> Results()
    {
        TrainingConfig training = _config.CalmTraining;
        int patchSize = _config.Calm.PatchSize;
        int[] ids = HashedData.Integers(
            "ids", (long)training.BatchSize * training.ContextPatches * patchSize, _config.Calm.VocabSize - 3);
        CalmBatch batch = CalmBatches.Make(_tape, ids, ids, training.BatchSize, patchSize, 0);
        HashedNoise noise = new(_config.Calm);
        Tensor live = CalmObjective.Live(_tape, batch, _model.Hidden(_tape, batch.Inputs));
        Tensor draws = _model.Draw(_tape, live, noise.HeadNoise(_tape, batch.Positions));
        LossTerm[] loss = CalmObjective.Loss(_tape, _model, batch, noise);
        _tape.Backward(loss[0]);
        yield return PeerResult.Of("target mean", CalmObjective.Targets(_tape, _model, batch).Mean.ToArray());
        yield return PeerResult.Of("draws", draws.ToArray());
        yield return PeerResult.Of("loss", loss[0].Value.ToArray()[0]);
        foreach (PeerResult gradient in PeerModel.Gradients(_model.Parameters))
        {
            yield return gradient;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _tape.Dispose();

    private sealed class HashedNoise(CalmConfig config) : ICalmNoise
    {
        public Tensor HeadNoise(Tape tape, Tensor positions)
        {
            Shape shape = new((int)positions.Count, config.NumSamples, config.NoiseSize);
            return tape.From(HashedData.Floats("head noise", shape.Count, 0.5f), shape);
        }

        public TargetNoise TargetNoise(Tape tape, Tensor positions)
        {
            Shape shape = new((int)positions.Count, config.NumTargets, config.LatentSize);
            return new TargetNoise(default, tape.From(HashedData.Floats("target noise", shape.Count, 1.5f), shape));
        }

        public DenoisingRows Rows(Tape tape, Tensor mean, Tensor logStd, Tensor positions) =>
            DenoisingRows.Make(
                tape, mean, logStd, positions, config.NumSamples, RandomStreams.TargetNoise(1, 1),
                RandomStreams.HeadNoise(1, 1), RandomStreams.HeadTime(1, 1));
    }
}

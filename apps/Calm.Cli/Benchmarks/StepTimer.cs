using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Whole training steps of a CALM model on random tokens: forward, backward, clipping and AdamW.</summary>
internal sealed class StepTimer : IDisposable
{
    /// <summary>Steps until memory has grown to its final size: see <see cref="Arena"/>.</summary>
    public const int UnsteadySteps = 3;

    private const double LearningRate = 1e-3;

    private readonly RunConfig _config;
    private readonly CalmModel _model;
    private readonly AdamWOptimizer _optimizer;
    private readonly Tape _tape;
    private readonly int[] _ids;
    private uint _step;

    /// <summary>Prepares a preset on a device.</summary>
    public StepTimer(string preset, Device device)
        : this(Presets.Get(preset), device)
    {
    }

    /// <summary>Prepares models of any size on a device.</summary>
    public StepTimer(RunConfig config, Device device)
    {
        _config = config;
        Autoencoder autoencoder = new(new ParameterSet(), _config.Autoencoder, PublishedCheckpoint.AutoencoderPrefix);
        autoencoder.Parameters.Allocate(device, trainable: false);
        autoencoder.Parameters.Initialize(RandomStreams.AutoencoderWeights(1));
        _model = new CalmModel(_config.Calm, autoencoder);
        _model.Parameters.Allocate(device, trainable: true);
        _model.Parameters.Initialize(RandomStreams.CalmWeights(1));
        _optimizer = new AdamWOptimizer(device, _model.Parameters, new AdamW.Options());
        _tape = new Tape(device) { ReleasesEarly = true };
        Random random = new(1);
        TrainingConfig training = _config.CalmTraining;
        _ids = new int[training.BatchSize * training.ContextPatches * _config.Calm.PatchSize];
        for (int i = 0; i < _ids.Length; i++)
        {
            _ids[i] = random.Next(_config.Calm.VocabSize - 3);
        }
    }

    /// <summary>Tokens that a step predicts.</summary>
    public long TokensPerStep =>
        (long)_config.CalmTraining.BatchSize * (_config.CalmTraining.ContextPatches - 1) * _config.Calm.PatchSize;

    /// <summary>Sequences of a step.</summary>
    public int Sequences => _config.CalmTraining.BatchSize;

    /// <summary>Bytes that the tape holds for a step.</summary>
    public long TapeBytes => _tape.Capacity;

    /// <summary>All weights as they are now.</summary>
    public float[] Weights() => _model.Parameters.Values!.ToArray();

    /// <summary>Takes one step and returns its loss.</summary>
    public double Step()
    {
        _step++;
        _tape.Reset();
        _model.Parameters.ForgetGradients();
        CalmBatch batch = CalmBatches.Make(
            _tape, _ids, _ids, _config.CalmTraining.BatchSize, _config.Calm.PatchSize, 0);
        LossTerm[] loss = CalmObjective.Loss(_tape, _model, batch, new CalmNoise(_config.Calm, 1, _step));
        _tape.Backward(loss);
        double norm = _optimizer.GradientNorm(_tape);
        _optimizer.Step(LearningRate, norm, 1);
        return LossTerm.Sum(loss);
    }

    /// <inheritdoc/>
    public void Dispose() => _tape.Dispose();
}

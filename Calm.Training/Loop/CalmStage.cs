using System.Globalization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Trains a CALM language model on sequences of a corpus, with a trained autoencoder.</summary>
internal sealed class CalmStage : IStage
{
    private readonly CalmModel _model;
    private readonly TrainingConfig _config;
    private readonly SequenceSampler _sampler;
    private readonly CalmEvaluator _evaluator;
    private readonly HeldOutWindows _heldOut;
    private readonly EncodedPatches? _encoded;

    /// <summary>A stage with initial weights.</summary>
    public CalmStage(CalmConfig shape, Autoencoder autoencoder, TrainingConfig config, Corpus corpus, Device device)
    {
        _config = config;
        _model = new CalmModel(shape, autoencoder);
        _model.Parameters.Allocate(device, trainable: true);
        Initialize();
        _sampler = new SequenceSampler(corpus.Train, config.ContextPatches * shape.PatchSize, config.Seed);
        _evaluator = new CalmEvaluator(_model, device, BrierEstimator.Clamped);
        _heldOut = new HeldOutWindows(corpus.HeldOut, config.ContextPatches, config.EvaluationPatches);
        _encoded = EncodedPatches.Fits(autoencoder.Config, device) ? new EncodedPatches(autoencoder) : null;
    }

    public Stage Stage => Stage.Calm;

    public RunConfig Config => new()
    {
        Autoencoder = _model.Autoencoder.Config, Calm = _model.Config, CalmTraining = _config,
    };

    /// <summary>The model.</summary>
    public CalmModel Model => _model;

    public ParameterSet Parameters => _model.Parameters;

    public IReadOnlyList<ParameterSet> SavedParameters => [_model.Autoencoder.Parameters, Parameters];

    public void Initialize() => _model.Parameters.Initialize(RandomStreams.CalmWeights(_config.Seed));

    public long TokensPerStep => (long)_config.BatchSize * (_config.ContextPatches - 1) * _model.Config.PatchSize;

    public int SequenceLength => _sampler.SequenceLength;

    public LossTerm[] Loss(Tape tape, NoiseKey noise, long first, int part) => CalmObjective.Loss(
        tape, _model, Batch(tape, first, part), new CalmNoise(_model.Config, noise.Seed, noise.Step), _encoded);

    private CalmBatch Batch(Tape tape, long first, int part)
    {
        int sequences = _config.BatchSize / _config.Accumulate;
        int firstRow = part * sequences;
        int length = _sampler.SequenceLength;
        int[] ids = new int[sequences * length];
        for (int i = 0; i < sequences; i++)
        {
            _sampler.Read(first + firstRow + i, ids.AsSpan(i * length, length));
        }

        return CalmBatches.Make(tape, ids, ids, sequences, _model.Config.PatchSize, firstRow);
    }

    public StageMeasure Evaluate()
    {
        BrierTotals.Result result = _evaluator.Measure(_heldOut);
        Dictionary<string, double> values = [];
        result.AddTo(values);
        return new StageMeasure(
            result.BrierLm, string.Create(CultureInfo.InvariantCulture, $"BrierLM {100 * result.BrierLm:F1}"), values);
    }

    public void WriteModel(CheckpointWriter writer) => ModelFolder.Write(writer, _model);

    public void ReadModel(string folder)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        Weights.Load(_model.Parameters, weights);
    }

    public void Dispose()
    {
        // The corpus and the device belong to others.
    }
}

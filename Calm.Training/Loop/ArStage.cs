using System.Globalization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Trains a discrete autoregressive model on sequences of a corpus.</summary>
internal sealed class ArStage : IStage
{
    private readonly TrainingConfig _config;
    private readonly SequenceSampler _sampler;
    private readonly ArEvaluator _evaluator;
    private readonly HeldOutWindows _heldOut;

    /// <summary>A stage with initial weights.</summary>
    public ArStage(ArConfig shape, TrainingConfig config, Corpus corpus, Device device)
    {
        _config = config;
        Model = new ArModel(shape);
        Model.Parameters.Allocate(device, trainable: true);
        Initialize();
        _sampler = new SequenceSampler(corpus.Train, config.ContextTokens, config.Seed);
        _evaluator = new ArEvaluator(Model, device, corpus.Tokenizer);
        _heldOut = new HeldOutWindows(
            corpus.HeldOut, config.ContextTokens / corpus.HeldOut.PatchSize, config.EvaluationPatches);
    }

    public Stage Stage => Stage.Ar;

    public RunConfig Config => new() { Ar = Model.Config, ArTraining = _config };

    /// <summary>The model.</summary>
    public ArModel Model { get; }

    public ParameterSet Parameters => Model.Parameters;

    public void Initialize() => Model.Parameters.Initialize(RandomStreams.ArWeights(_config.Seed));

    public long TokensPerStep => (long)_config.BatchSize * (_config.ContextTokens - 1);

    public int SequenceLength => _sampler.SequenceLength;

    public LossTerm[] Loss(Tape tape, NoiseKey noise, long first, int part)
    {
        int sequences = _config.BatchSize / _config.Accumulate;
        int length = _sampler.SequenceLength;
        int[] ids = new int[sequences * length];
        for (int i = 0; i < sequences; i++)
        {
            _sampler.Read(first + part * sequences + i, ids.AsSpan(i * length, length));
        }

        return [ArObjective.Loss(tape, Model, ArBatch.Make(tape, ids, ids, sequences))];
    }

    public StageMeasure Evaluate()
    {
        ArMeasure measure = _evaluator.Measure(_heldOut);
        BrierTotals.Result brier = measure.Brier;
        Dictionary<string, double> values = new()
        {
            ["crossEntropy"] = measure.CrossEntropy,
            ["perplexity"] = measure.Perplexity,
            ["bitsPerByte"] = measure.BitsPerByte,
        };
        brier.AddTo(values);

        // Cross-entropy is exact, so it chooses among checkpoints.
        return new StageMeasure(
            -measure.CrossEntropy,
            string.Create(
                CultureInfo.InvariantCulture,
                $"cross-entropy {measure.CrossEntropy:F3}, BrierLM {100 * brier.BrierLm:F1}"),
            values);
    }

    public void WriteModel(CheckpointWriter writer) => ModelFolder.Write(writer, Model);

    public void ReadModel(string folder)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        Weights.Load(Model.Parameters, weights);
    }

    public void Dispose()
    {
        // The corpus and the device belong to others.
    }
}

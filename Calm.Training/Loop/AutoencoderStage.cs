using System.Globalization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Trains an autoencoder on patches of a corpus.</summary>
internal sealed class AutoencoderStage : IStage
{
    private readonly Autoencoder _model;
    private readonly TrainingConfig _config;
    private readonly SequenceSampler _sampler;
    private readonly AutoencoderEvaluator _evaluator;
    private readonly HeldOutWindows _heldOut;

    /// <summary>A stage with initial weights.</summary>
    public AutoencoderStage(AutoencoderConfig shape, TrainingConfig config, Corpus corpus, Device device)
    {
        _config = config;
        _model = new Autoencoder(new ParameterSet(), shape);
        _model.Parameters.Allocate(device, trainable: true);
        Initialize();
        _sampler = new SequenceSampler(corpus.Train, shape.PatchSize, config.Seed);
        _evaluator = new AutoencoderEvaluator(_model, device);
        _heldOut = new HeldOutWindows(corpus.HeldOut, 64, config.EvaluationPatches);
    }

    public Stage Stage => Stage.Autoencoder;

    public RunConfig Config => new() { Autoencoder = _model.Config, AutoencoderTraining = _config };

    /// <summary>The model.</summary>
    public Autoencoder Model => _model;

    public ParameterSet Parameters => _model.Parameters;

    public void Initialize() => _model.Parameters.Initialize(RandomStreams.AutoencoderWeights(_config.Seed));

    public long TokensPerStep => (long)_config.BatchSize * _model.Config.PatchSize;

    public int SequenceLength => _sampler.SequenceLength;

    public LossTerm[] Loss(Tape tape, NoiseKey noise, long first, int part)
    {
        int patches = _config.BatchSize / _config.Accumulate;
        int firstRow = part * patches;
        int patchSize = _model.Config.PatchSize;
        int[] ids = new int[patches * patchSize];
        for (int i = 0; i < patches; i++)
        {
            _sampler.Read(first + firstRow + i, ids.AsSpan(i * patchSize, patchSize));
        }

        Tensor rows = tape.FromIntegers([.. Enumerable.Range(firstRow, patches)], new Shape(patches));
        AutoencoderObjective.Terms terms = AutoencoderObjective.Loss(
            tape, _model, tape.FromIntegers(ids, new Shape(patches, patchSize)),
            new AutoencoderNoise(noise.Seed, noise.Step, rows, _model.Config));
        return [terms.CrossEntropy, terms.Kl];
    }

    public StageMeasure Evaluate()
    {
        LatentReport report = _evaluator.Inspect(_heldOut, [AutoencoderEvaluator.Sigma]);
        Estimate mean = report.Mean.Estimate();
        Dictionary<string, double> values = [];
        mean.AddTo(values, "accuracy");
        report.Sampled.Estimate().AddTo(values, "accuracySampled");
        report.Perturbed[0].Tokens.Estimate().AddTo(values, "accuracyPerturbed");
        values["heldOutLoss"] = report.Loss;
        values["activeDimensions"] = report.Active;
        return new StageMeasure(
            mean.Value, string.Create(CultureInfo.InvariantCulture, $"accuracy {100 * mean.Value:F2} %"), values);
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

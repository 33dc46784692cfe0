using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Training steps of a configuration on random tokens: to be timed, or, on a device that computes nothing
/// (<see cref="Device.Rehearsal"/>), to learn what memory they take.
/// </summary>
internal sealed class SyntheticSteps : IDisposable
{
    private const double LearningRate = 1e-3;
    private const int SpecialTokens = 3; // the last of a vocabulary, which no text has

    private readonly Device _device;
    private readonly TrainingConfig _training;
    private readonly ParameterSet _parameters;
    private readonly AdamWOptimizer _optimizer;
    private readonly AveragedWeights? _average;
    private readonly Tape _tape;
    private readonly Func<Tape, LossTerm[]> _loss;
    private ParameterSet? _frozen;
    private uint _step;

    /// <summary>Takes the memory of gradients, moments and weights, which are undefined until <see cref="Initialize"/>.</summary>
    /// <exception cref="OutOfDeviceMemoryException">They do not fit.</exception>
    public SyntheticSteps(Stage stage, RunConfig config, Device device)
    {
        _device = device;
        _training = config.Training(stage);
        (_parameters, _loss) = stage switch
        {
            Stage.Autoencoder => OfAutoencoder(config),
            Stage.Calm => OfCalm(config),
            _ => OfAr(config),
        };
        _optimizer = new AdamWOptimizer(device, _parameters, new AdamW.Options());
        _average = _training.EmaDecay > 0 ? new AveragedWeights(device, _parameters, _training.EmaDecay) : null;
        _tape = new Tape(device) { ReleasesEarly = true, Recomputes = _training.Recompute };
    }

    private int Sequences => _training.BatchSize / _training.Accumulate;

    /// <summary>Memory of the steps taken so far.</summary>
    public TrainingMemory Memory => new(
        _parameters.Values!.Count * Tensor.ElementSize, _device.Persistent.Ledger.Used, _tape.Ledger.Peak,
        _device.AllocatedBytes);

    /// <summary>Bytes that the tape holds for a step.</summary>
    public long TapeBytes => _tape.Capacity;

    /// <summary>Gives all weights their initial values.</summary>
    public void Initialize()
    {
        _frozen?.Initialize(RandomStreams.AutoencoderWeights(1));
        _parameters.Initialize(RandomStreams.CalmWeights(1));
        _average?.Reset();
    }

    /// <summary>Begins anew: the first steps have the same bits as at the first time.</summary>
    public void Restart()
    {
        _step = 0;
        _optimizer.Reset();
        Initialize();
    }

    /// <summary>The gradients of the last step.</summary>
    public float[] Gradients() => _parameters.Gradients!.ToArray();

    /// <summary>The trained weights as they are now.</summary>
    public float[] Weights() => _parameters.Values!.ToArray();

    /// <summary>Takes one step, or a micro-batch of one, and returns its loss.</summary>
    public double Step()
    {
        _step++;
        _tape.Reset();
        _parameters.ForgetGradients();
        LossTerm[] loss = _loss(_tape);
        _tape.Backward(loss);
        double norm = _optimizer.GradientNorm(_tape);
        _optimizer.Step(LearningRate, norm, clipNorm: 1);
        _average?.Update(_tape, _optimizer.Steps);
        return LossTerm.Sum(loss);
    }

    /// <inheritdoc/>
    public void Dispose() => _tape.Dispose();

    private (ParameterSet Parameters, Func<Tape, LossTerm[]> Loss) OfAutoencoder(RunConfig config)
    {
        Autoencoder model = new(new ParameterSet(), config.Autoencoder);
        model.Parameters.Allocate(_device, trainable: true);
        Shape shape = new(Sequences, config.Autoencoder.PatchSize);
        int[] ids = Ids(shape.Count, config.Autoencoder.VocabSize);
        return (model.Parameters, Loss);

        LossTerm[] Loss(Tape tape)
        {
            Tensor rows = tape.FromIntegers([.. Enumerable.Range(0, Sequences)], new Shape(Sequences));
            AutoencoderObjective.Terms terms = AutoencoderObjective.Loss(
                tape, model, tape.FromIntegers(ids, shape), new AutoencoderNoise(1, _step, rows, model.Config));
            return [terms.CrossEntropy, terms.Kl];
        }
    }

    private (ParameterSet Parameters, Func<Tape, LossTerm[]> Loss) OfCalm(RunConfig config)
    {
        Autoencoder autoencoder = new(new ParameterSet(), config.Autoencoder, PublishedCheckpoint.AutoencoderPrefix);
        autoencoder.Parameters.Allocate(_device, trainable: false);
        _frozen = autoencoder.Parameters;
        CalmModel model = new(config.Calm, autoencoder);
        model.Parameters.Allocate(_device, trainable: true);
        int patchSize = config.Calm.PatchSize;
        int[] ids = Ids((long)Sequences * _training.ContextPatches * patchSize, config.Calm.VocabSize);
        return (model.Parameters, tape => CalmObjective.Loss(
            tape, model, CalmBatches.Make(tape, ids, ids, Sequences, patchSize, 0), new CalmNoise(config.Calm, 1, _step)));
    }

    private (ParameterSet Parameters, Func<Tape, LossTerm[]> Loss) OfAr(RunConfig config)
    {
        ArModel model = new(config.Ar);
        model.Parameters.Allocate(_device, trainable: true);
        int[] ids = Ids((long)Sequences * _training.ContextTokens, config.Ar.VocabSize);
        return (model.Parameters, tape => [ArObjective.Loss(tape, model, ArBatch.Make(tape, ids, ids, Sequences))]);
    }

    private static int[] Ids(long count, int vocabulary)
    {
        if (count > Array.MaxLength)
        {
            throw new SettingException($"batch_size: {count} tokens at once are too many, expected at most {Array.MaxLength}.");
        }

        Random random = new(1);
        int[] ids = new int[count];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = random.Next(vocabulary - SpecialTokens);
        }

        return ids;
    }
}

using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Training steps of a configuration, on random tokens, without data and without initial weights: for devices that compute
/// nothing (<see cref="Device.Rehearsal"/>).
/// </summary>
internal sealed class StepRehearsal : IDisposable
{
    private readonly Device _device;
    private readonly TrainingConfig _training;
    private readonly ParameterSet _parameters;
    private readonly AdamWOptimizer _optimizer;
    private readonly Tape _tape;
    private readonly Func<Tape, LossTerm[]> _loss;

    /// <summary>Takes the memory of weights, gradients and moments.</summary>
    /// <exception cref="OutOfDeviceMemoryException">They do not fit.</exception>
    public StepRehearsal(Stage stage, RunConfig config, Device device)
    {
        _device = device;
        _training = config.Training(stage);
        device.Precision = _training.Precision;
        (_parameters, _loss) = stage switch
        {
            Stage.Autoencoder => OfAutoencoder(config),
            Stage.Calm => OfCalm(config),
            _ => OfAr(config),
        };
        _optimizer = new AdamWOptimizer(device, _parameters, new AdamW.Options());
        _tape = new Tape(device) { ReleasesEarly = true, Recomputes = _training.Recompute };
    }

    private int Sequences => _training.BatchSize / _training.Accumulate;

    /// <summary>Memory of the steps taken so far.</summary>
    public TrainingMemory Memory => new(
        _parameters.Values!.Count * Tensor.ElementSize, _device.Persistent.Ledger.Used, _tape.Ledger.Peak,
        _device.AllocatedBytes);

    /// <summary>Takes one step, or a micro-batch of one.</summary>
    public void Step()
    {
        _parameters.ForgetGradients();
        _tape.Reset();
        _tape.Backward(_loss(_tape));
        _optimizer.GradientNorm(_tape);
        _optimizer.Step(learningRate: 0, norm: 1, clipNorm: 1);
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
                tape, model, tape.FromIntegers(ids, shape), new AutoencoderNoise(1, 1, rows, model.Config));
            return [terms.CrossEntropy, terms.Kl];
        }
    }

    private (ParameterSet Parameters, Func<Tape, LossTerm[]> Loss) OfCalm(RunConfig config)
    {
        Autoencoder autoencoder = new(new ParameterSet(), config.Autoencoder, PublishedCheckpoint.AutoencoderPrefix);
        autoencoder.Parameters.Allocate(_device, trainable: false);
        CalmModel model = new(config.Calm, autoencoder);
        model.Parameters.Allocate(_device, trainable: true);
        int patchSize = config.Calm.PatchSize;
        int[] ids = Ids((long)Sequences * _training.ContextPatches * patchSize, config.Calm.VocabSize);
        return (model.Parameters, tape => CalmObjective.Loss(
            tape, model, CalmBatches.Make(tape, ids, ids, Sequences, patchSize, 0), new CalmNoise(config.Calm, 1, 1)));
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
            ids[i] = random.Next(vocabulary);
        }

        return ids;
    }
}

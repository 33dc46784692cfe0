using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A training run in a folder: its configuration, log, checkpoints, and at the end the trained model. A run that was
/// interrupted goes on from its last checkpoint, bit for bit.
/// </summary>
public sealed class TrainingRun
{
    private readonly RunFolder _folder;
    private readonly RunFolder.Description _description;

    private TrainingRun(RunFolder folder) => (_folder, _description) = (folder, folder.ReadDescription());

    /// <summary>The folder.</summary>
    public string Folder => _folder.Path;

    /// <summary>The model that is trained.</summary>
    public Stage Stage => _description.Stage;

    /// <summary>The configuration, with the tokenizer's vocabulary.</summary>
    public RunConfig Config => _description.Config;

    /// <summary>The step of the newest checkpoint; 0 before the first.</summary>
    public long Step => _folder.Checkpoints.Latest?.Step ?? 0;

    /// <summary>Makes a run. Nothing is trained yet.</summary>
    /// <param name="folder">A folder that is empty or not there.</param>
    /// <param name="stage">The model to train.</param>
    /// <param name="config">Shapes and training settings of all stages.</param>
    /// <param name="corpus">The text. The run remembers its folder.</param>
    /// <param name="autoencoder">The trained autoencoder that <see cref="Stage.Calm"/> needs; null for other stages.</param>
    /// <exception cref="SettingException">A setting is out of range.</exception>
    /// <exception cref="CalmException">The folder is not empty, or the autoencoder is missing or not trained.</exception>
    public static TrainingRun Create(
        string folder, Stage stage, RunConfig config, Corpus corpus, TrainingRun? autoencoder = null)
    {
        if ((stage == Stage.Calm) != (autoencoder?.Stage == Stage.Autoencoder))
        {
            throw new CalmException($"{folder}: a run of calm needs the run of an autoencoder; other runs take none.");
        }

        RunFolder.RequireEmpty(folder);
        config = (autoencoder is null ? config : config.With(autoencoder.Config.Autoencoder)).With(corpus.Tokenizer);
        ConfigCheck.Stage(config, stage);
        RunFolder.Description description = RunFolder.Description.Of(
            stage, corpus, autoencoder?._folder.LatestModel(), device: null, config);
        return new TrainingRun(RunFolder.Create(folder, description, config.Training(stage).KeepLast));
    }

    /// <summary>Opens a run.</summary>
    /// <exception cref="CalmException">The folder holds no run.</exception>
    public static TrainingRun Open(string folder) => new(RunFolder.Open(folder));

    /// <summary>Trains to the last step, from the newest checkpoint if there is one.</summary>
    /// <param name="device">The device that trains.</param>
    /// <param name="progress">Receives each step, on the training thread; may be null.</param>
    /// <param name="cancellation">Ends the training after a checkpoint is saved.</param>
    /// <exception cref="CalmException">The text is too short, memory runs out, or the training has diverged.</exception>
    public TrainingOutcome Train(
        Device device, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        using RunLock writer = RunLock.Take(_folder.Path);
        using Corpus corpus = _folder.OpenText();
        _folder.RequireText(corpus);
        _folder.Describe(_description.With(corpus, device, Config));
        using IStage stage = Load(corpus, device);
        using Trainer trainer = new(stage, Config.Training(Stage), device, _folder, progress);
        trainer.Resume();
        TrainingOutcome outcome = trainer.Run(cancellation);
        if (outcome.Steps > 0)
        {
            _folder.Publish();
        }

        return outcome;
    }

    /// <summary>
    /// Measures the newest weights on held-out text: an autoencoder's accuracy, a language model's BrierLM, of a discrete
    /// model also the cross-entropy.
    /// </summary>
    /// <exception cref="CalmException">Nothing was saved yet.</exception>
    public StageMeasure Evaluate(Device device)
    {
        using Corpus corpus = _folder.OpenText();
        using IStage stage = Load(corpus, device);
        stage.ReadModel(_folder.LatestModel());
        return stage.Evaluate();
    }

    private IStage Load(Corpus corpus, Device device) =>
        StageFactory.Create(Stage, Config, _folder.AutoencoderModel(), corpus, device);
}

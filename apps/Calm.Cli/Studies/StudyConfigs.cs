using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// The configurations of a study's arms: the preset demo with the settings of the study, the user and the arm, in this order.
/// </summary>
internal sealed class StudyConfigs
{
    private readonly StudyDesign _design;
    private readonly StudyDescription _description;
    private readonly Precision _precision;

    /// <summary>The configurations of a design.</summary>
    public StudyConfigs(StudyDesign design, StudyDescription description, Precision precision)
    {
        _design = design;
        _description = description;
        _precision = precision;
    }

    /// <summary>The autoencoder's arm of an arm; null where it has none.</summary>
    public StudyArm? AutoencoderOf(StudyArm arm) =>
        arm.Autoencoder is null ? null : _design.Autoencoders.Single(one => one.Name == arm.Autoencoder);

    /// <summary>
    /// Tokens of an evaluation: more with a larger budget, but equal for every arm and round, and unchanged by time added later.
    /// </summary>
    private int EvaluationTokens => _description.Steps > 0
        ? 512
        : (int)Math.Clamp(1024 * (_description.PlannedMinutes ?? _description.Minutes), 1024, 32_768);

    /// <summary>The configuration of an arm, without its vocabulary size.</summary>
    public RunConfig Of(StudyArm arm)
    {
        RunConfig config = ConfigReader.Read(
            Presets.Get("demo"), null,
            [.. _design.Settings, .. _description.Settings, .. AutoencoderOf(arm)?.Settings ?? [], .. arm.Settings]);
        return config with
        {
            AutoencoderTraining = Common(config.AutoencoderTraining, config.Autoencoder.PatchSize),
            CalmTraining = Common(config.CalmTraining, config.Calm.PatchSize),
            ArTraining = Common(config.ArTraining, config.Calm.PatchSize),
        };
    }

    private TrainingConfig Common(TrainingConfig training, int patchSize) => training with
    {
        Seed = _description.Seed,
        Precision = _precision,
        EvaluateEvery = 0,
        EvaluationPatches = EvaluationTokens / patchSize,
    };
}

using Calm.Runtime;

namespace Calm.Training;

/// <content>The formulas by the stage that a run trains.</content>
internal static partial class FlopCount
{
    /// <summary>What the model of a stage costs as published, with attention over the context that is trained.</summary>
    /// <param name="stage">One of <see cref="StudyStages"/>.</param>
    /// <param name="config">The resolved configuration.</param>
    /// <exception cref="CalmException">There is no such stage.</exception>
    public static Cost Of(string stage, RunConfig config) => stage switch
    {
        StudyStages.Autoencoder => Autoencoder(config.Autoencoder),
        StudyStages.Calm => Calm(config.Calm, config.Autoencoder, config.CalmTraining.ContextPatches - 1),
        StudyStages.Discrete => Transformer(config.Ar, config.ArTraining.ContextTokens - 1),
        _ => throw StudyStages.Unknown(stage),
    };

    /// <summary>One training step of a stage as it is run here.</summary>
    /// <param name="stage">One of <see cref="StudyStages"/>.</param>
    /// <param name="config">The resolved configuration.</param>
    /// <param name="encodedPatches">As <see cref="CalmStep"/> takes it.</param>
    /// <exception cref="CalmException">There is no such stage.</exception>
    public static Work Step(string stage, RunConfig config, double? encodedPatches = null) => stage switch
    {
        StudyStages.Autoencoder => AutoencoderStep(config.Autoencoder, config.AutoencoderTraining),
        StudyStages.Calm => CalmStep(config.Calm, config.Autoencoder, config.CalmTraining, encodedPatches),
        StudyStages.Discrete => ArStep(config.Ar, config.ArTraining),
        _ => throw StudyStages.Unknown(stage),
    };
}

using Calm.Runtime;

namespace Calm.Training;

/// <content>The formulas by the stage that a run trains.</content>
internal static partial class FlopCount
{
    /// <summary>The cost of a stage's model by the paper's accounting, with attention over the trained context.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="config">The resolved configuration.</param>
    public static Cost Of(Stage stage, RunConfig config) => stage switch
    {
        Stage.Autoencoder => Autoencoder(config.Autoencoder),
        Stage.Calm => Calm(config.Calm, config.Autoencoder, config.CalmTraining.ContextPatches - 1),
        _ => Transformer(config.Ar, config.ArTraining.ContextTokens - 1),
    };

    /// <summary>One training step of a stage as this program runs it.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="config">The resolved configuration.</param>
    /// <param name="encodedPatches">As <see cref="CalmStep"/> takes it.</param>
    public static Work Step(Stage stage, RunConfig config, double? encodedPatches = null) => stage switch
    {
        Stage.Autoencoder => AutoencoderStep(config.Autoencoder, config.AutoencoderTraining),
        Stage.Calm => CalmStep(config.Calm, config.Autoencoder, config.CalmTraining, encodedPatches),
        _ => ArStep(config.Ar, config.ArTraining),
    };
}

using Calm.Runtime;

namespace Calm.Training;

/// <summary>Checks configurations before anything is computed.</summary>
internal static class ConfigCheck
{
    /// <summary>Checks all that a stage uses: its models and its training settings.</summary>
    /// <exception cref="SettingException">A value is out of range; the message names it.</exception>
    public static void Stage(RunConfig config, Stage stage)
    {
        Models(config, stage);
        Training(config.Training(stage), $"{stage.Name()}_training");
    }

    /// <summary>Checks the models of a stage.</summary>
    /// <inheritdoc cref="Stage"/>
    public static void Models(RunConfig config, Stage stage)
    {
        switch (stage)
        {
            case Calm.Training.Stage.Ar:
                ShapeCheck.Of(config.Ar);
                break;
            case Calm.Training.Stage.Calm:
                ShapeCheck.Of(config.Autoencoder);
                ShapeCheck.Of(config.Calm, config.Autoencoder);
                break;
            default:
                ShapeCheck.Of(config.Autoencoder);
                break;
        }
    }

    /// <summary>Checks that the sequences of a discrete model are whole patches of its text.</summary>
    /// <inheritdoc cref="Stage"/>
    public static void ArContext(TrainingConfig training, int patchSize)
    {
        int context = training.ContextTokens;
        That(
            context >= 2 * patchSize && context % patchSize == 0,
            $"ar_training.context_tokens is {context}, expected a multiple of the text's patches of {patchSize} tokens, at "
            + "least two");
    }

    private static void Training(TrainingConfig c, string section)
    {
        SettingRange.Check(c, section);
        That(
            c.BatchSize % c.Accumulate == 0,
            $"{section}.batch_size is {c.BatchSize}, expected a multiple of accumulate {c.Accumulate}");
    }

    private static void That(bool holds, string message)
    {
        if (!holds)
        {
            throw new SettingException($"{message}.");
        }
    }
}

using Calm.Runtime;

namespace Calm.Training;

/// <summary>Checks configurations before anything is computed.</summary>
internal static class ConfigCheck
{
    /// <summary>Checks the models of a stage.</summary>
    /// <exception cref="SettingException">A value is out of range; the message names it.</exception>
    public static void Models(RunConfig config, Stage stage)
    {
        if (stage != Stage.Ar)
        {
            Autoencoder(config.Autoencoder);
        }

        if (stage == Stage.Calm)
        {
            Calm(config.Calm, config.Autoencoder);
        }
    }

    /// <summary>Checks the training settings of a stage.</summary>
    /// <exception cref="SettingException">A value is out of range; the message names it.</exception>
    public static void Training(TrainingConfig c, string section)
    {
        AtLeast(c.Steps, 1, $"{section}.steps");
        AtLeast(c.BatchSize, 1, $"{section}.batch_size");
        AtLeast(c.Accumulate, 1, $"{section}.accumulate");
        AtLeast(c.LogEvery, 1, $"{section}.log_every");
        AtLeast(c.KeepLast, 1, $"{section}.keep_last");
        AtLeast(c.ContextPatches, 2, $"{section}.context_patches");
        That(
            c.BatchSize % c.Accumulate == 0,
            $"{section}.batch_size is {c.BatchSize}, expected a multiple of accumulate {c.Accumulate}");
        That(c.LearningRate > 0, $"{section}.learning_rate is {c.LearningRate}, expected above 0");
        That(c.ClipNorm > 0, $"{section}.clip_norm is {c.ClipNorm}, expected above 0");
    }

    /// <summary>Checks an autoencoder's shape.</summary>
    public static void Autoencoder(AutoencoderConfig c)
    {
        AtLeast(c.PatchSize, 1, "autoencoder.patch_size");
        AtLeast(c.HiddenSize, 1, "autoencoder.hidden_size");
        AtLeast(c.IntermediateSize, 1, "autoencoder.intermediate_size");
        AtLeast(c.LatentSize, 1, "autoencoder.latent_size");
        AtLeast(c.NumEncoderLayers, 1, "autoencoder.num_encoder_layers");
        AtLeast(c.NumDecoderLayers, 1, "autoencoder.num_decoder_layers");
        Probability(c.AeDropout, "autoencoder.ae_dropout");
        Probability(c.TokenDropout ?? 0, "autoencoder.token_dropout");
        Probability(c.LatentDropout ?? 0, "autoencoder.latent_dropout");
        NotNegative(c.KlClamp, "autoencoder.kl_clamp");
        NotNegative(c.KlWeight, "autoencoder.kl_weight");
    }

    /// <summary>Checks a language model's shape against its autoencoder's.</summary>
    public static void Calm(CalmConfig c, AutoencoderConfig a)
    {
        Transformer(c, "calm");
        AtLeast(c.NumMlpLayers, 1, "calm.num_mlp_layers");
        AtLeast(c.NoiseSize, 1, "calm.noise_size");
        NotNegative(c.LatentBound, "calm.latent_bound");
        AtLeast(c.NumSamples, 2, "calm.num_samples");
        AtLeast(c.NumTargets, 1, "calm.num_targets");
        That(c.Beta is > 0 and <= 2, $"calm.beta is {c.Beta}, expected above 0 and at most 2");
        NotNegative(c.AuxiliaryWeight, "calm.auxiliary_weight");
        That(c.PatchSize == a.PatchSize, $"calm.patch_size is {c.PatchSize}, expected the autoencoder's, {a.PatchSize}");
        That(c.LatentSize == a.LatentSize, $"calm.latent_size is {c.LatentSize}, expected the autoencoder's, {a.LatentSize}");
    }

    /// <summary>Checks a discrete model's shape and training settings, for a text in patches of K tokens.</summary>
    public static void Ar(RunConfig config, int patchSize)
    {
        Transformer(config.Ar, "ar");
        Training(config.ArTraining, "ar_training");
        int context = config.ArTraining.ContextTokens;
        That(
            context >= 2 * patchSize && context % patchSize == 0,
            $"ar_training.context_tokens is {context}, expected a multiple of the text's patches of {patchSize} tokens, at "
            + "least two");
    }

    private static void Transformer(TransformerConfig c, string section)
    {
        AtLeast(c.HiddenSize, 1, $"{section}.hidden_size");
        AtLeast(c.IntermediateSize, 1, $"{section}.intermediate_size");
        AtLeast(c.NumHiddenLayers, 1, $"{section}.num_hidden_layers");
        AtLeast(c.NumAttentionHeads, 1, $"{section}.num_attention_heads");
        AtLeast(c.NumKeyValueHeads, 1, $"{section}.num_key_value_heads");
        That(
            c.HiddenSize % c.NumAttentionHeads == 0 && c.HeadSize % 2 == 0,
            $"{section}.hidden_size is {c.HiddenSize}, expected an even multiple of num_attention_heads {c.NumAttentionHeads}");
        That(
            c.NumAttentionHeads % c.NumKeyValueHeads == 0,
            $"{section}.num_attention_heads is {c.NumAttentionHeads}, expected a multiple of num_key_value_heads "
            + $"{c.NumKeyValueHeads}");
    }

    private static void Probability(float value, string name) =>
        That(value is >= 0 and < 1, $"{name} is {value}, expected in [0, 1)");

    private static void NotNegative(float value, string name) =>
        That(value is >= 0 and < float.PositiveInfinity, $"{name} is {value}, expected at least 0");

    private static void AtLeast(int value, int least, string name) =>
        That(value >= least, $"{name} is {value}, expected at least {least}");

    private static void That(bool holds, string message)
    {
        if (!holds)
        {
            throw new SettingException($"{message}.");
        }
    }
}

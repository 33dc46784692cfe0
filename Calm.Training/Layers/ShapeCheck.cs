using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Checks the shapes of models before memory is taken: each size against its range, and sizes that depend on each other.
/// </summary>
internal static class ShapeCheck
{
    /// <summary>Checks an autoencoder's shape.</summary>
    /// <exception cref="SettingException">A size is out of range; the message names it.</exception>
    public static void Of(AutoencoderConfig c) => SettingRange.Check(c, "autoencoder");

    /// <summary>Checks a language model's shape.</summary>
    /// <inheritdoc cref="Of(AutoencoderConfig)"/>
    public static void Of(CalmConfig c) => Transformer(c, "calm");

    /// <summary>Checks a discrete model's shape.</summary>
    /// <inheritdoc cref="Of(AutoencoderConfig)"/>
    public static void Of(ArConfig c) => Transformer(c, "ar");

    /// <summary>Checks a language model's shape against its autoencoder's.</summary>
    /// <inheritdoc cref="Of(AutoencoderConfig)"/>
    public static void Of(CalmConfig c, AutoencoderConfig a)
    {
        Of(c);
        That(c.PatchSize == a.PatchSize, $"calm.patch_size is {c.PatchSize}, expected the autoencoder's, {a.PatchSize}");
        That(c.LatentSize == a.LatentSize, $"calm.latent_size is {c.LatentSize}, expected the autoencoder's, {a.LatentSize}");
    }

    private static void Transformer(TransformerConfig c, string section)
    {
        SettingRange.Check(c, section);
        That(
            c.HiddenSize % c.NumAttentionHeads == 0 && c.HeadSize % 2 == 0,
            $"{section}.hidden_size is {c.HiddenSize}, expected an even multiple of num_attention_heads {c.NumAttentionHeads}");
        That(
            c.NumAttentionHeads % c.NumKeyValueHeads == 0,
            $"{section}.num_attention_heads is {c.NumAttentionHeads}, expected a multiple of num_key_value_heads "
            + $"{c.NumKeyValueHeads}");
    }

    private static void That(bool holds, string message)
    {
        if (!holds)
        {
            throw new SettingException($"{message}.");
        }
    }
}

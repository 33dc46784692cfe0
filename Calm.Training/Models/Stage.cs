namespace Calm.Training;

/// <summary>The models that can be trained. Files and logs hold the names in lower case.</summary>
public enum Stage
{
    /// <summary>The autoencoder, which compresses a patch of tokens to a latent and back.</summary>
    Autoencoder,

    /// <summary>The language model over latents. It needs a trained autoencoder.</summary>
    Calm,

    /// <summary>The discrete autoregressive model over tokens, the baseline.</summary>
    Ar,
}

/// <summary>Names of stages.</summary>
internal static class Stages
{
    /// <summary>The name in files, logs and messages.</summary>
    public static string Name(this Stage stage) => stage switch
    {
        Stage.Autoencoder => "autoencoder",
        Stage.Calm => "calm",
        _ => "ar",
    };
}

namespace Calm.Training;

/// <summary>Shape and regularisers of an autoencoder; in JSON the keys of the published checkpoints.</summary>
public sealed record AutoencoderConfig
{
    /// <summary>Tokens in a patch, K.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>Token ids, V.</summary>
    public int VocabSize { get; init; } = 259;

    /// <summary>Width, d.</summary>
    public int HiddenSize { get; init; } = 128;

    /// <summary>Width inside the feed-forward layers.</summary>
    public int IntermediateSize { get; init; } = 256;

    /// <summary>Layers of the encoder: the first half for each token, the second for each patch.</summary>
    public int NumEncoderLayers { get; init; } = 2;

    /// <summary>Layers of the decoder: the first half for each patch, the second for each token.</summary>
    public int NumDecoderLayers { get; init; } = 2;

    /// <summary>Numbers in a latent, L.</summary>
    public int LatentSize { get; init; } = 64;

    /// <summary>Probability with which training drops a token, and an element of the latent.</summary>
    public float AeDropout { get; init; } = 0.15f;

    /// <summary>Probability of dropping a token alone; null for <see cref="AeDropout"/>.</summary>
    public float? TokenDropout { get; init; }

    /// <summary>Probability of dropping an element of the latent alone; null for <see cref="AeDropout"/>.</summary>
    public float? LatentDropout { get; init; }

    /// <summary>Floor of the KL divergence of each latent element; 0 for none.</summary>
    public float KlClamp { get; init; } = 0.5f;

    /// <summary>Weight of the KL divergence in the loss; 0 to train without it.</summary>
    public float KlWeight { get; init; } = 1e-3f;

    /// <summary>Epsilon of the RMS norms.</summary>
    public float RmsNormEps { get; init; } = 1e-6f;

    /// <summary>Standard deviation of the initial weights.</summary>
    public float InitializerRange { get; init; } = 0.02f;

    /// <summary>Id that begins a text.</summary>
    public int BosTokenId { get; init; } = 256;

    /// <summary>Id that ends a text.</summary>
    public int EosTokenId { get; init; } = 257;

    /// <summary>Id that fills a patch; null for none.</summary>
    public int? PadTokenId { get; init; } = 258;
}

using System.ComponentModel.DataAnnotations;

namespace Calm.Training;

/// <summary>Shape and regularisers of an autoencoder; in JSON the keys of the published checkpoints.</summary>
public sealed record AutoencoderConfig
{
    /// <summary>Tokens in a patch, K.</summary>
    [Range(1, 1024)]
    public int PatchSize { get; init; } = 4;

    /// <summary>Token ids, V.</summary>
    [Range(1, 1 << 24)]
    public int VocabSize { get; init; } = 259;

    /// <summary>Width, d.</summary>
    [Range(1, 1 << 16)]
    public int HiddenSize { get; init; } = 128;

    /// <summary>Width inside the feed-forward layers.</summary>
    [Range(1, 1 << 18)]
    public int IntermediateSize { get; init; } = 256;

    /// <summary>Layers of the encoder: the first half for each token, the second for each patch.</summary>
    [Range(1, 1024)]
    public int NumEncoderLayers { get; init; } = 2;

    /// <summary>Layers of the decoder: the first half for each patch, the second for each token.</summary>
    [Range(1, 1024)]
    public int NumDecoderLayers { get; init; } = 2;

    /// <summary>Numbers in a latent, L.</summary>
    [Range(1, 1 << 16)]
    public int LatentSize { get; init; } = 64;

    /// <summary>Probability with which training drops a token, and an element of the latent.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public float AeDropout { get; init; } = 0.15f;

    /// <summary>Probability of dropping a token alone; null for <see cref="AeDropout"/>.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public float? TokenDropout { get; init; }

    /// <summary>Probability of dropping an element of the latent alone; null for <see cref="AeDropout"/>.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public float? LatentDropout { get; init; }

    /// <summary>Floor of the KL divergence of each latent element; 0 for none.</summary>
    [Range(0.0, 1e6)]
    public float KlClamp { get; init; } = 0.5f;

    /// <summary>Weight of the KL divergence in the loss; 0 to train without it.</summary>
    [Range(0.0, 1e6)]
    public float KlWeight { get; init; } = 1e-3f;

    /// <summary>Epsilon of the RMS norms.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public float RmsNormEps { get; init; } = 1e-6f;

    /// <summary>Standard deviation of the initial weights.</summary>
    [Range(0.0, 10.0)]
    public float InitializerRange { get; init; } = 0.02f;

    /// <summary>Id that begins a text.</summary>
    [Range(0, 1 << 24)]
    public int BosTokenId { get; init; } = 256;

    /// <summary>Id that ends a text.</summary>
    [Range(0, 1 << 24)]
    public int EosTokenId { get; init; } = 257;

    /// <summary>Id that fills a patch; null for none.</summary>
    [Range(0, 1 << 24)]
    public int? PadTokenId { get; init; } = 258;
}

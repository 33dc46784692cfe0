namespace Calm.Training;

/// <summary>What the transformer reads of a patch.</summary>
public enum PatchInput
{
    /// <summary>Its tokens, by an embedding of the transformer's own: as published.</summary>
    Tokens,

    /// <summary>The mean of its latent, from the frozen encoder.</summary>
    Latents,

    /// <summary>Tokens and latent side by side.</summary>
    Both,
}

/// <summary>Shape of a CALM language model with any of its heads; in JSON the keys of the published checkpoints.</summary>
public sealed record CalmConfig
{
    /// <summary>Tokens in a patch, K.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>Token ids, V.</summary>
    public int VocabSize { get; init; } = 259;

    /// <summary>Width of the transformer and of the head, d.</summary>
    public int HiddenSize { get; init; } = 128;

    /// <summary>Width inside the feed-forward layers.</summary>
    public int IntermediateSize { get; init; } = 344;

    /// <summary>Transformer layers.</summary>
    public int NumHiddenLayers { get; init; } = 4;

    /// <summary>Query heads.</summary>
    public int NumAttentionHeads { get; init; } = 4;

    /// <summary>Key and value heads; divides the number of query heads.</summary>
    public int NumKeyValueHeads { get; init; } = 4;

    /// <summary>Numbers in a latent, L.</summary>
    public int LatentSize { get; init; } = 64;

    /// <summary>What the transformer reads of a patch.</summary>
    public PatchInput Input { get; init; }

    /// <summary>How the next latent is drawn.</summary>
    public HeadKind Head { get; init; }

    /// <summary>How a flow head follows its velocity.</summary>
    public FlowSolver FlowSolver { get; init; }

    /// <summary>
    /// How far from 0 a diffusion head may take the numbers of a latent to lie while it draws one; 0, as published, for no
    /// bound.
    /// </summary>
    public float LatentBound { get; init; } = 6;

    /// <summary>Blocks of the head.</summary>
    public int NumMlpLayers { get; init; } = 4;

    /// <summary>Numbers in the energy head's noise.</summary>
    public int NoiseSize { get; init; } = 64;

    /// <summary>Draws of the head at each position in training, S.</summary>
    public int NumSamples { get; init; } = 8;

    /// <summary>Draws of the target at each position in training.</summary>
    public int NumTargets { get; init; } = 100;

    /// <summary>Exponent of the energy score, in (0, 2]; with 2 only the mean of the draws counts.</summary>
    public float Beta { get; init; } = 1;

    /// <summary>
    /// Weight of the cross-entropy of guessing the next patch's tokens from the hidden state, in training only; 0, as
    /// published, for none.
    /// </summary>
    public float AuxiliaryWeight { get; init; }

    /// <summary>Epsilon of all norms.</summary>
    public float RmsNormEps { get; init; } = 1e-6f;

    /// <summary>Base of the rotary embedding's wavelengths.</summary>
    public float RopeTheta { get; init; } = 10000;

    /// <summary>Standard deviation of the initial weights.</summary>
    public float InitializerRange { get; init; } = 0.02f;

    /// <summary>Id that begins a text.</summary>
    public int BosTokenId { get; init; } = 256;

    /// <summary>Id that ends a text.</summary>
    public int EosTokenId { get; init; } = 257;

    /// <summary>Id that fills a patch, whose embedding is not trained; null for none.</summary>
    public int? PadTokenId { get; init; } = 258;

    /// <summary>Numbers in an attention head.</summary>
    public int HeadSize => HiddenSize / NumAttentionHeads;
}

using System.ComponentModel.DataAnnotations;

namespace Calm.Training;

/// <summary>Input of the transformer for each patch.</summary>
public enum PatchInput
{
    /// <summary>The tokens, by an embedding of the transformer's own: as published.</summary>
    Tokens,

    /// <summary>The mean of the latent, from the frozen encoder.</summary>
    Latents,

    /// <summary>Tokens and latent side by side.</summary>
    Both,
}

/// <summary>Shape of a CALM language model with any of its heads; in JSON the keys of the published checkpoints.</summary>
public sealed record CalmConfig : TransformerConfig
{
    /// <summary>A small model of bytes.</summary>
    public CalmConfig() => PadTokenId = 258;

    /// <summary>Number of tokens in a patch, K.</summary>
    [Range(1, 1024)]
    public int PatchSize { get; init; } = 4;

    /// <summary>Number of components of a latent, L.</summary>
    [Range(1, 1 << 16)]
    public int LatentSize { get; init; } = 64;

    /// <summary>Input of the transformer for each patch.</summary>
    public PatchInput Input { get; init; }

    /// <summary>Head that draws the next latent.</summary>
    public HeadKind Head { get; init; }

    /// <summary>Solver of a flow head.</summary>
    public FlowSolver FlowSolver { get; init; }

    /// <summary>
    /// Bound on the magnitude of a latent's components while a diffusion head draws one; 0, as published, for no bound.
    /// </summary>
    [Range(0.0, 1e6)]
    public float LatentBound { get; init; } = 6;

    /// <summary>Number of blocks of the head.</summary>
    [Range(1, 1024)]
    public int NumMlpLayers { get; init; } = 4;

    /// <summary>Number of components of the energy head's noise.</summary>
    [Range(1, 1 << 16)]
    public int NoiseSize { get; init; } = 64;

    /// <summary>Draws of the head at each position in training, S.</summary>
    [Range(2, 4096)]
    public int NumSamples { get; init; } = 8;

    /// <summary>Draws of the target at each position in training.</summary>
    [Range(1, 4096)]
    public int NumTargets { get; init; } = 100;

    /// <summary>Exponent of the energy score, in (0, 2]; with 2 only the mean of the draws counts.</summary>
    [Range(0.0, 2.0, MinimumIsExclusive = true)]
    public float Beta { get; init; } = 1;

    /// <summary>
    /// Weight of the auxiliary head's cross-entropy, which is for training only: <see cref="AuxiliaryHead"/>; 0, as
    /// published, for none.
    /// </summary>
    [Range(0.0, 1e6)]
    public float AuxiliaryWeight { get; init; }
}

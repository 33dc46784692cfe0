namespace Calm.Kernels;

/// <summary>Sizes of a model, at which ops are timed: see <see cref="IOpCases.At"/>.</summary>
public sealed record CaseSizes
{
    /// <summary>Sequences of a step.</summary>
    public required int Sequences { get; init; }

    /// <summary>Positions of a sequence.</summary>
    public required int Positions { get; init; }

    /// <summary>Width of the hidden states.</summary>
    public required int Hidden { get; init; }

    /// <summary>Width inside of a feed-forward layer.</summary>
    public required int Intermediate { get; init; }

    /// <summary>Heads of queries.</summary>
    public required int QueryHeads { get; init; }

    /// <summary>Heads of keys and values.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Tokens of a position.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Words of the vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Width of a decoder of tokens, whose loss is over the vocabulary.</summary>
    public required int DecoderHidden { get; init; }

    /// <summary>Components of a latent.</summary>
    public required int Latent { get; init; }

    /// <summary>Components of a draw's noise.</summary>
    public required int Noise { get; init; }

    /// <summary>Draws of a position.</summary>
    public required int Draws { get; init; }

    /// <summary>Positions of which a head makes draws at once.</summary>
    public required int HeadPositions { get; init; }

    /// <summary>Targets of a position.</summary>
    public required int Targets { get; init; }

    /// <summary>Rows of hidden states.</summary>
    public int Rows => Sequences * Positions;

    /// <summary>Parameters of a layer, about: more than caches hold.</summary>
    public int LayerParameters => 12 * Hidden * Hidden;
}

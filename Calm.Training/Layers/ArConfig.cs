namespace Calm.Training;

/// <summary>
/// Shape of a discrete autoregressive model, a Llama over tokens; in JSON the keys of <c>LlamaForCausalLM</c>.
/// </summary>
public sealed record ArConfig
{
    /// <summary>Token ids, V.</summary>
    public int VocabSize { get; init; } = 259;

    /// <summary>Width, d.</summary>
    public int HiddenSize { get; init; } = 128;

    /// <summary>Width inside the feed-forward layers.</summary>
    public int IntermediateSize { get; init; } = 344;

    /// <summary>Layers.</summary>
    public int NumHiddenLayers { get; init; } = 4;

    /// <summary>Query heads.</summary>
    public int NumAttentionHeads { get; init; } = 4;

    /// <summary>Key and value heads; divides the number of query heads.</summary>
    public int NumKeyValueHeads { get; init; } = 4;

    /// <summary>Whether the embedding is the output matrix too.</summary>
    public bool TieWordEmbeddings { get; init; }

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

    /// <summary>Id that fills up a text, whose embedding is not trained as an input; null for none.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>The same shape as <see cref="Transformer"/> takes it.</summary>
    public CalmConfig Backbone => new()
    {
        PatchSize = 1,
        VocabSize = VocabSize,
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        NumHiddenLayers = NumHiddenLayers,
        NumAttentionHeads = NumAttentionHeads,
        NumKeyValueHeads = NumKeyValueHeads,
        RmsNormEps = RmsNormEps,
        RopeTheta = RopeTheta,
        InitializerRange = InitializerRange,
        PadTokenId = PadTokenId,
    };
}

namespace Calm.Training;

/// <summary>Shape of a Llama transformer; in JSON the keys of <c>LlamaForCausalLM</c>.</summary>
public record TransformerConfig
{
    /// <summary>Number of token ids, V.</summary>
    public int VocabSize { get; init; } = 259;

    /// <summary>Width, d.</summary>
    public int HiddenSize { get; init; } = 128;

    /// <summary>Width inside the feed-forward layers.</summary>
    public int IntermediateSize { get; init; } = 344;

    /// <summary>Number of layers.</summary>
    public int NumHiddenLayers { get; init; } = 4;

    /// <summary>Number of query heads.</summary>
    public int NumAttentionHeads { get; init; } = 4;

    /// <summary>Number of key and value heads; divides the number of query heads.</summary>
    public int NumKeyValueHeads { get; init; } = 4;

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

    /// <summary>Id that pads a text, whose embedding is not trained as an input; null for none.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Number of components of an attention head.</summary>
    public int HeadSize => HiddenSize / NumAttentionHeads;
}

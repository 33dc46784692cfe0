using System.ComponentModel.DataAnnotations;

namespace Calm.Training;

/// <summary>Shape of a Llama transformer; in JSON the keys of <c>LlamaForCausalLM</c>.</summary>
public record TransformerConfig
{
    /// <summary>Number of token ids, V.</summary>
    [Range(1, 1 << 24)]
    public int VocabSize { get; init; } = 259;

    /// <summary>Width, d.</summary>
    [Range(2, 1 << 16)]
    public int HiddenSize { get; init; } = 128;

    /// <summary>Width inside the feed-forward layers.</summary>
    [Range(1, 1 << 18)]
    public int IntermediateSize { get; init; } = 344;

    /// <summary>Number of layers.</summary>
    [Range(1, 1024)]
    public int NumHiddenLayers { get; init; } = 4;

    /// <summary>Number of query heads.</summary>
    [Range(1, 1024)]
    public int NumAttentionHeads { get; init; } = 4;

    /// <summary>Number of key and value heads; divides the number of query heads.</summary>
    [Range(1, 1024)]
    public int NumKeyValueHeads { get; init; } = 4;

    /// <summary>Epsilon of all norms.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public float RmsNormEps { get; init; } = 1e-6f;

    /// <summary>Base of the rotary embedding's wavelengths.</summary>
    [Range(1.0, 1e12)]
    public float RopeTheta { get; init; } = 10000;

    /// <summary>Standard deviation of the initial weights.</summary>
    [Range(0.0, 10.0)]
    public float InitializerRange { get; init; } = 0.02f;

    /// <summary>Id that begins a text.</summary>
    [Range(0, 1 << 24)]
    public int BosTokenId { get; init; } = 256;

    /// <summary>Id that ends a text.</summary>
    [Range(0, 1 << 24)]
    public int EosTokenId { get; init; } = 257;

    /// <summary>Id that pads a text, whose embedding is not trained as an input; null for none.</summary>
    [Range(0, 1 << 24)]
    public int? PadTokenId { get; init; }

    /// <summary>Number of components of an attention head.</summary>
    public int HeadSize => HiddenSize / NumAttentionHeads;
}

namespace Calm.Training;

/// <summary>Shape of a discrete autoregressive model, a Llama over tokens.</summary>
public sealed record ArConfig : TransformerConfig
{
    /// <summary>Whether the embedding is the output matrix too.</summary>
    public bool TieWordEmbeddings { get; init; }
}

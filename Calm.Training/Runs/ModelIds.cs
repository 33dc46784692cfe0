namespace Calm.Training;

/// <summary>The ids of a model's vocabulary, as its configuration states them.</summary>
internal static class ModelIds
{
    /// <summary>The ids of a stage's model. Without an id that fills patches, the one that ends a text does.</summary>
    public static TokenizerIds Of(RunConfig config, Stage stage) => stage switch
    {
        Stage.Autoencoder => Of(config.Autoencoder),
        Stage.Calm => Of(config.Calm),
        _ => Of(config.Ar),
    };

    private static TokenizerIds Of(AutoencoderConfig c) =>
        new(c.BosTokenId, c.EosTokenId, c.PadTokenId ?? c.EosTokenId, c.VocabSize);

    private static TokenizerIds Of(TransformerConfig c) =>
        new(c.BosTokenId, c.EosTokenId, c.PadTokenId ?? c.EosTokenId, c.VocabSize);
}

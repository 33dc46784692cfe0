namespace Calm.Training;

/// <summary>The ids of a model's vocabulary.</summary>
/// <param name="Vocabulary">Number of ids.</param>
/// <param name="Begin">The id that begins a text.</param>
/// <param name="End">The id that ends a text.</param>
/// <param name="Pad">The id that fills a patch; that which ends a text if there is no other.</param>
internal readonly record struct TokenIds(int Vocabulary, int Begin, int End, int Pad)
{
    /// <summary>The ids of a stage's model.</summary>
    public static TokenIds Of(RunConfig config, Stage stage) => stage switch
    {
        Stage.Autoencoder => Of(config.Autoencoder),
        Stage.Calm => Of(config.Calm),
        _ => Of(config.Ar),
    };

    private static TokenIds Of(AutoencoderConfig c) => new(c.VocabSize, c.BosTokenId, c.EosTokenId, c.PadTokenId ?? c.EosTokenId);

    private static TokenIds Of(TransformerConfig c) => new(c.VocabSize, c.BosTokenId, c.EosTokenId, c.PadTokenId ?? c.EosTokenId);
}

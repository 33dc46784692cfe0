namespace Calm.Training;

/// <summary>
/// Parameters and floating-point operations by formula, 2 a multiply-add, as docs/flops.md derives them; they reproduce the
/// paper's table within 5 %.
/// </summary>
internal static partial class FlopCount
{
    /// <summary>Length of the attention context in the accounting.</summary>
    public const int Context = 2048;

    /// <summary>Tokens of the published runs.</summary>
    public const double PublishedTokens = 5e11;

    /// <summary>The size and cost of a model.</summary>
    /// <param name="Parameters">Numbers trained.</param>
    /// <param name="TrainingPerToken">FLOPs of training, per token.</param>
    /// <param name="InferencePerToken">FLOPs of generation with one draw per patch, per token.</param>
    internal readonly record struct Cost(double Parameters, double TrainingPerToken, double InferencePerToken);

    /// <summary>A discrete Llama-style transformer with untied embeddings.</summary>
    public static Cost Transformer(TransformerConfig c, int context = Context)
    {
        double layers = LayerWeights(c);
        double vocabulary = VocabularyWeights(c);
        double forward = 2 * (layers + vocabulary) + Attention(c, context);
        return new Cost(layers + 2 * vocabulary, 3 * forward, forward);
    }

    /// <summary>A CALM model; the frozen autoencoder is not among its parameters.</summary>
    /// <param name="c">Its shape.</param>
    /// <param name="a">The shape of its autoencoder.</param>
    /// <param name="context">Length of the attention context.</param>
    public static Cost Calm(CalmConfig c, AutoencoderConfig a, int context = Context)
    {
        double layers = LayerWeights(c);
        double compression = CompressionWeights(c);
        HeadCost head = HeadCost.Of(c);
        double reading = ReadingWeights(c, a);
        double trained = 3 * (2 * (layers + compression + head.Training(c.NumSamples)) + Attention(c, context));
        double training = (trained + 2 * (EncoderWeights(a) + reading)) / c.PatchSize;
        double inference =
            (2 * (reading + layers + compression + head.Drawing(1) + DecoderWeights(a)) + Attention(c, context))
            / c.PatchSize;
        double table = c.Input == PatchInput.Latents ? 0 : VocabularyWeights(c);
        return new Cost(layers + compression + head.Weights + table, training, inference);
    }

    /// <summary>An autoencoder: its table is shared by encoder and decoder.</summary>
    public static Cost Autoencoder(AutoencoderConfig a)
    {
        double forward = 2 * (EncoderWeights(a) + DecoderWeights(a)) / a.PatchSize;
        double parameters = EncoderParameters(a) + DecoderParameters(a) + (double)a.HiddenSize * a.VocabSize;
        return new Cost(parameters, 3 * forward, forward);
    }

    /// <summary>FLOPs of one token at temperature 1/n. Every candidate passes the head and the decoder.</summary>
    public static double Sampling(CalmConfig c, AutoencoderConfig a, int candidates) =>
        (2 * (ReadingWeights(c, a) + LayerWeights(c) + CompressionWeights(c)
            + HeadCost.Of(c).Drawing(candidates) + candidates * DecoderWeights(a)) + Attention(c))
        / c.PatchSize;

    private static double LayerWeights(TransformerConfig c)
    {
        double queries = (double)c.HiddenSize * c.NumAttentionHeads * c.HeadSize;
        double keysValues = 2.0 * c.HiddenSize * c.NumKeyValueHeads * c.HeadSize;
        return c.NumHiddenLayers * (2 * queries + keysValues + 3.0 * c.HiddenSize * c.IntermediateSize);
    }

    private static double VocabularyWeights(TransformerConfig c) => (double)c.HiddenSize * c.VocabSize;

    private static double Attention(TransformerConfig c, int context = Context) =>
        4.0 * c.HiddenSize * context * c.NumHiddenLayers;

    private static double CompressionWeights(CalmConfig c)
    {
        double tokens = c.Input == PatchInput.Latents ? 0 : (double)c.PatchSize * c.HiddenSize;
        double latents = c.Input == PatchInput.Tokens ? 0 : c.LatentSize;
        return 2 * c.HiddenSize * (tokens + latents + c.HiddenSize);
    }

    /// <summary>Weights applied by the encoder to a patch that is read; none if the model reads tokens.</summary>
    private static double ReadingWeights(CalmConfig c, AutoencoderConfig a) =>
        c.Input == PatchInput.Tokens ? 0 : EncoderWeights(a);

    private static double FeedForwardWeights(AutoencoderConfig a) => 3.0 * a.HiddenSize * a.IntermediateSize;

    private static double EncoderParameters(AutoencoderConfig a) =>
        a.NumEncoderLayers * FeedForwardWeights(a) + (double)a.PatchSize * a.HiddenSize * a.HiddenSize
        + 2.0 * a.LatentSize * a.HiddenSize;

    private static double DecoderParameters(AutoencoderConfig a) =>
        a.NumDecoderLayers * FeedForwardWeights(a) + (double)a.PatchSize * a.HiddenSize * a.HiddenSize
        + (double)a.LatentSize * a.HiddenSize;

    /// <summary>Weights applied to one patch by the encoder: token layers count K times.</summary>
    private static double EncoderWeights(AutoencoderConfig a)
    {
        int half = a.NumEncoderLayers / 2;
        return half * (a.PatchSize + 1) * FeedForwardWeights(a) + (double)a.PatchSize * a.HiddenSize * a.HiddenSize
            + 2.0 * a.LatentSize * a.HiddenSize;
    }

    /// <summary>Weights applied to one patch by the decoder, its K vocabulary projections included.</summary>
    private static double DecoderWeights(AutoencoderConfig a)
    {
        int half = a.NumDecoderLayers / 2;
        return half * (a.PatchSize + 1) * FeedForwardWeights(a) + (double)a.PatchSize * a.HiddenSize * a.HiddenSize
            + (double)a.LatentSize * a.HiddenSize + (double)a.PatchSize * a.HiddenSize * a.VocabSize;
    }
}

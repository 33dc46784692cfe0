using Calm.Runtime;

namespace Calm.Training;

/// <content>
/// The formulas for models as this program runs them. They equal the count of <see cref="Device.Work"/> exactly.
/// Differences from the paper's accounting are in docs/flops.md.
/// </content>
internal static partial class FlopCount
{
    // Products over the pairs of attention: scores and values forward; backward makes scores again and adds four.
    private const int AttentionForward = 2;
    private const int AttentionBackward = 5;

    /// <summary>
    /// One training step of an autoencoder. Backward costs twice as much as forward, as every input has a gradient.
    /// </summary>
    /// <param name="a">Its shape.</param>
    /// <param name="t">Patches of a step, and whether layers are recomputed.</param>
    public static Work AutoencoderStep(AutoencoderConfig a, TrainingConfig t)
    {
        double again = t.Recompute ? LayersOf(a, a.NumEncoderLayers) + LayersOf(a, a.NumDecoderLayers) : 0;
        return Products(t.BatchSize, 3 * (EncoderWeights(a) + DecoderWeights(a)) + again);
    }

    /// <summary>One training step of a discrete model with causal attention.</summary>
    /// <param name="a">Its shape.</param>
    /// <param name="t">Sequences of a step, their length, and whether layers are recomputed.</param>
    public static Work ArStep(ArConfig a, TrainingConfig t)
    {
        int length = t.ContextTokens - 1;
        double again = t.Recompute ? LayerWeights(a) : 0;
        return Products((double)t.BatchSize * length, 3 * (LayerWeights(a) + VocabularyWeights(a)) + again)
            + Attention(a, AttentionOf(t), t.BatchSize, 0, length);
    }

    /// <summary>
    /// One training step of a language model with any head. The frozen encoder runs forward only; what a head makes of the
    /// hidden state alone is computed once a position; what has no gradient is not asked for one.
    /// </summary>
    /// <param name="c">Its shape.</param>
    /// <param name="a">The shape of its autoencoder.</param>
    /// <param name="t">Sequences of a step, their length, and whether layers are recomputed.</param>
    /// <param name="encodedPatches">
    /// Patches that had to be encoded, as the others were cached; null for all.
    /// </param>
    public static Work CalmStep(CalmConfig c, AutoencoderConfig a, TrainingConfig t, double? encodedPatches = null)
    {
        int length = t.ContextPatches - 1;
        double positions = (double)t.BatchSize * length;
        double head = HeadCost.AsRun(c).Training(c.NumSamples);
        double forward = LayerWeights(c) + CompressionWeights(c) + head + AuxiliaryWeights(c);
        double again = t.Recompute ? LayerWeights(c) + HeadLayerWeights(c) : 0;
        double encoded = encodedPatches ?? positions * (c.Input == PatchInput.Tokens ? 1 : 2);
        return Products(positions, 3 * forward - ConstantInputWeights(c) + again)
            + Products(encoded, EncoderWeights(a))
            + Attention(c, AttentionOf(t), t.BatchSize, 0, length);
    }

    /// <summary>Patches that are read, and candidates for the next one of each sequence, drawn and decoded.</summary>
    /// <param name="c">The model's shape.</param>
    /// <param name="a">The shape of its autoencoder.</param>
    /// <param name="sequences">Sequences at once.</param>
    /// <param name="known">Patches that each has read before.</param>
    /// <param name="read">Patches that each reads now.</param>
    /// <param name="candidates">Draws at the end of each, all of which are decoded by all their logits.</param>
    public static Work Generation(CalmConfig c, AutoencoderConfig a, int sequences, int known, int read, int candidates) =>
        Products((double)sequences * read, ReadingWeights(c, a) + LayerWeights(c) + CompressionWeights(c))
        + Products(sequences, HeadCost.AsRun(c).Drawing(candidates) + candidates * DecoderWeights(a))
        + Attention(c, AttentionForward, sequences, known, read);

    /// <summary>Tokens that are read by a discrete model, and the logits of the next one of each sequence.</summary>
    /// <param name="a">Its shape.</param>
    /// <param name="sequences">Sequences at once.</param>
    /// <param name="known">Tokens that each has read before.</param>
    /// <param name="read">Tokens that each reads now.</param>
    public static Work ArGeneration(ArConfig a, int sequences, int known, int read) =>
        Products((double)sequences * read, LayerWeights(a))
        + Products(sequences, VocabularyWeights(a))
        + Attention(a, AttentionForward, sequences, known, read);

    private static Work Products(double rows, double weights) => new(2 * rows * weights, 0, 0);

    /// <summary>Products over all pairs of a query and a visible key, in all layers.</summary>
    private static Work Attention(TransformerConfig c, int products, int sequences, int start, int queries)
    {
        double pairs = (double)sequences * queries * (start + (queries + 1) / 2.0);
        return new Work(0, 2.0 * products * c.NumHiddenLayers * c.NumAttentionHeads * c.HeadSize * pairs, 0);
    }

    private static int AttentionOf(TrainingConfig t) =>
        AttentionForward + AttentionBackward + (t.Recompute ? AttentionForward : 0);

    /// <summary>Weights of the head's blocks: 5 d^2 per draw, and the energy head's part for the hidden state.</summary>
    private static double HeadLayerWeights(CalmConfig c) =>
        c.NumMlpLayers * (5.0 * c.NumSamples + (c.Head == HeadKind.Energy ? 1 : 0)) * c.HiddenSize * c.HiddenSize;

    /// <summary>
    /// Of a position, weights whose inputs have no gradient: latents that are read; noise of an energy head; features of
    /// time and mixtures of latent and noise of the others.
    /// </summary>
    private static double ConstantInputWeights(CalmConfig c)
    {
        double read = c.Input == PatchInput.Tokens ? 0 : 2 * c.LatentSize;
        double drawn = c.Head == HeadKind.Energy ? c.NoiseSize : TimeFeatures.Size + c.LatentSize;
        return (read + c.NumSamples * drawn) * c.HiddenSize;
    }

    private static double AuxiliaryWeights(CalmConfig c) => c.AuxiliaryWeight > 0
        ? (double)AuxiliaryHead.TokenWidth * c.PatchSize * (c.HiddenSize + c.VocabSize)
        : 0;

    /// <summary>Weights that the feed-forward layers apply to a patch: half of the layers once, half for each token.</summary>
    private static double LayersOf(AutoencoderConfig a, int layers) =>
        layers / 2 * (a.PatchSize + 1) * FeedForwardWeights(a);
}

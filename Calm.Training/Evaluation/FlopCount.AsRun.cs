using Calm.Runtime;

namespace Calm.Training;

/// <content>
/// The same formulas as this program runs the models: what <see cref="Device.Work"/> counts for a step, to the operation.
/// Where they differ from the paper's accounting and why is in docs/flops.md.
/// </content>
internal static partial class FlopCount
{
    // Products over the pairs of attention: scores and values forward; backward makes scores again and adds four.
    private const int AttentionForward = 2;
    private const int AttentionBackward = 5;

    /// <summary>One training step of an autoencoder: forward, and twice that backward: every input has a gradient.</summary>
    /// <param name="a">Its shape.</param>
    /// <param name="t">Patches of a step, and whether layers are recomputed.</param>
    public static Work AutoencoderStep(AutoencoderConfig a, TrainingConfig t)
    {
        double again = t.Recompute ? LayersOf(a, a.NumEncoderLayers) + LayersOf(a, a.NumDecoderLayers) : 0;
        return Products(t.BatchSize, 3 * (EncoderWeights(a) + DecoderWeights(a)) + again);
    }

    /// <summary>
    /// One training step of a language model with an energy head. The frozen encoder runs forward only; the hidden state's
    /// part of the head is computed once a position; noise has no gradient; a position attends to those before it alone.
    /// </summary>
    /// <param name="c">Its shape.</param>
    /// <param name="a">The shape of its autoencoder.</param>
    /// <param name="t">Sequences of a step, their length, and whether layers are recomputed.</param>
    /// <param name="encodedPatches">Targets that were encoded, the others being known; all if null.</param>
    public static Work CalmStep(CalmConfig c, AutoencoderConfig a, TrainingConfig t, double? encodedPatches = null)
    {
        int length = t.ContextPatches - 1;
        double positions = (double)t.BatchSize * length;
        double noise = (double)c.NumSamples * c.NoiseSize * c.HiddenSize;
        double forward = LayerWeights(c) + CompressionWeights(c) + HeadWeights(c, c.NumSamples) + AuxiliaryWeights(c);
        double again = t.Recompute ? LayerWeights(c) + c.NumMlpLayers * HeadBlockWeights(c, c.NumSamples) : 0;
        int attentions = AttentionForward + AttentionBackward + (t.Recompute ? AttentionForward : 0);
        return Products(positions, 3 * forward - noise + again)
            + Products(encodedPatches ?? positions, EncoderWeights(a))
            + Attention(c, attentions, t.BatchSize, 0, length);
    }

    /// <summary>
    /// One training step of a discrete model: forward, and twice that backward; a token attends to those before it.
    /// </summary>
    /// <param name="c">The shape of its transformer.</param>
    /// <param name="t">Sequences of a step, their tokens, and whether layers are recomputed.</param>
    public static Work ArStep(CalmConfig c, TrainingConfig t)
    {
        int length = t.ContextTokens - 1;
        double positions = (double)t.BatchSize * length;
        double again = t.Recompute ? LayerWeights(c) : 0;
        int attentions = AttentionForward + AttentionBackward + (t.Recompute ? AttentionForward : 0);
        return Products(positions, 3 * (LayerWeights(c) + (double)c.HiddenSize * c.VocabSize) + again)
            + Attention(c, attentions, t.BatchSize, 0, length);
    }

    /// <summary>Patches that are read, and candidates for the next one of each sequence, drawn and decoded.</summary>
    /// <param name="c">The model's shape.</param>
    /// <param name="a">The shape of its autoencoder.</param>
    /// <param name="sequences">Sequences at once.</param>
    /// <param name="known">Patches that each has read before.</param>
    /// <param name="read">Patches that each reads now.</param>
    /// <param name="candidates">Draws at the end of each, all of which are decoded by all their logits.</param>
    public static Work Generation(CalmConfig c, AutoencoderConfig a, int sequences, int known, int read, int candidates) =>
        Products((double)sequences * read, LayerWeights(c) + CompressionWeights(c))
        + Products(sequences, HeadWeights(c, candidates) + candidates * DecoderWeights(a))
        + Attention(c, AttentionForward, sequences, known, read);

    private static Work Products(double rows, double weights) => new(2 * rows * weights, 0, 0);

    /// <summary>Some products over all pairs of a query and a key that it sees, in all layers.</summary>
    private static Work Attention(CalmConfig c, int products, int sequences, int start, int queries)
    {
        double pairs = (double)sequences * queries * (start + (queries + 1) / 2.0);
        return new Work(0, 2.0 * products * c.NumHiddenLayers * c.NumAttentionHeads * c.HeadSize * pairs, 0);
    }

    /// <summary>Weights that a position passes in the head with so many draws.</summary>
    private static double HeadWeights(CalmConfig c, int draws)
    {
        double square = (double)c.HiddenSize * c.HiddenSize;
        double outside = (double)c.NoiseSize * c.HiddenSize + square + (double)c.HiddenSize * c.LatentSize;
        return square + c.NumMlpLayers * HeadBlockWeights(c, draws) + draws * outside;
    }

    /// <summary>Of a block's 6 d^2 weights d^2 see the hidden state, once a position.</summary>
    private static double HeadBlockWeights(CalmConfig c, int draws) =>
        (5.0 * draws + 1) * c.HiddenSize * c.HiddenSize;

    private static double AuxiliaryWeights(CalmConfig c) => c.AuxiliaryWeight > 0
        ? (double)AuxiliaryHead.TokenWidth * c.PatchSize * (c.HiddenSize + c.VocabSize)
        : 0;

    /// <summary>Weights of feed-forward layers that a patch passes: half of them once, half for each token.</summary>
    private static double LayersOf(AutoencoderConfig a, int layers) =>
        layers / 2 * (a.PatchSize + 1) * FeedForwardWeights(a);
}

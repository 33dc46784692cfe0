using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Packs a patch of K tokens into one latent vector and back. Every patch stands alone: no attention, no positions.
/// Source: arXiv:2510.27688, section 2.
/// </summary>
internal sealed class Autoencoder
{
    private readonly Parameter _embedding;
    private readonly Encoder _encoder;
    private readonly Decoder _decoder;

    /// <summary>Adds the parameters to a set; their names begin with a prefix such as <c>ae_model.</c>.</summary>
    public Autoencoder(ParameterSet parameters, AutoencoderConfig config, string prefix = "")
    {
        Config = config;
        Parameters = parameters;
        Initialization weight = Initialization.Normal(config.InitializerRange);
        _embedding = parameters.Add(
            $"{prefix}encoder.embed_tokens.weight", new Shape(config.VocabSize, config.HiddenSize), weight);
        _encoder = new Encoder(parameters, config, prefix, weight);
        _decoder = new Decoder(parameters, config, prefix, weight);
    }

    /// <summary>The shape of the autoencoder.</summary>
    public AutoencoderConfig Config { get; }

    /// <summary>The set that holds its parameters.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>The token table, [V, d]: the encoder's embedding and the decoder's output.</summary>
    public Tensor TokenTable => _embedding.Value;

    /// <summary>Computes the normal distribution of each patch's latent.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="ids">Tokens, [N, K].</param>
    /// <returns>Mean and logarithm of the standard deviation, [N, L] each.</returns>
    public (Tensor Mean, Tensor LogStd) Encode(Tape tape, Tensor ids)
    {
        Tensor tokens = Embedding.Apply(tape, ids.Reshape(checked((int)ids.Count)), TokenTable);
        Tensor latent = _encoder.Apply(tape, tokens);
        int size = Config.LatentSize;
        return (Slice.Apply(tape, latent, ^1, 0, size), Slice.Apply(tape, latent, ^1, size, size));
    }

    /// <summary>Decodes latents to one hidden vector a token; logits = hidden * table^T.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="latent">[N, L].</param>
    /// <returns>[N K, d].</returns>
    public Tensor Decode(Tape tape, Tensor latent) => _decoder.Apply(tape, latent);

    /// <summary>Decodes latents to their most likely tokens.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="latent">[N, L].</param>
    /// <returns>Ids, [N, K].</returns>
    public Tensor DecodeTokens(Tape tape, Tensor latent) => DecodePatchTokens(tape, DecodePatch(tape, latent));

    /// <summary>Runs the layers of the decoder that a patch passes as a whole.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="latent">[N, L].</param>
    /// <returns>[N, d].</returns>
    public Tensor DecodePatch(Tape tape, Tensor latent) => _decoder.Patch(tape, latent);

    /// <summary>Runs the rest of the decoder and takes the most likely tokens.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="patches">Rows of <see cref="DecodePatch"/>, [R, d].</param>
    /// <param name="screen">Of <see cref="TokenTable"/>, or null.</param>
    /// <returns>Ids, [R, K].</returns>
    public Tensor DecodePatchTokens(Tape tape, Tensor patches, VocabularyScreen? screen = null)
    {
        Tensor ids = VocabularyArgMax.Apply(tape, _decoder.Tokens(tape, patches), TokenTable, screen);
        return ids.Reshape(patches.Rows, Config.PatchSize);
    }

    /// <summary>Computes one column of <see cref="DecodePatchTokens"/>, with the same bits.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="patches">Rows of <see cref="DecodePatch"/>, [R, d].</param>
    /// <param name="position">The position of the token within its patch.</param>
    /// <param name="screen">Of <see cref="TokenTable"/>, or null.</param>
    /// <returns>Ids, [R].</returns>
    public Tensor DecodeToken(Tape tape, Tensor patches, int position, VocabularyScreen? screen = null) =>
        VocabularyArgMax.Apply(tape, _decoder.Token(tape, patches, position), TokenTable, screen);

    private static FeedForward[] Layers(
        ParameterSet parameters, AutoencoderConfig config, string name, int count, Initialization weight) =>
    [
        .. Enumerable.Range(0, count).Select(i => new FeedForward(
            parameters, $"{name}.{i}.", "layernorm", config.HiddenSize, config.IntermediateSize, config.RmsNormEps,
            weight)),
    ];

    private static Tensor Through(Tape tape, ReadOnlySpan<FeedForward> layers, Tensor x)
    {
        foreach (FeedForward layer in layers)
        {
            x = tape.Checkpoint(x, input => layer.Apply(tape, input));
        }

        return x;
    }

    private sealed class Encoder
    {
        private readonly AutoencoderConfig _config;
        private readonly FeedForward[] _layers;
        private readonly LinearLayer _squeeze;
        private readonly LinearLayer _toLatent;
        private readonly Parameter _norm;

        public Encoder(ParameterSet parameters, AutoencoderConfig config, string prefix, Initialization weight)
        {
            _config = config;
            int hidden = config.HiddenSize;
            _layers = Layers(parameters, config, $"{prefix}encoder.encoder_layers", config.NumEncoderLayers, weight);
            _toLatent = new LinearLayer(parameters, $"{prefix}encoder.hidden_to_latent", hidden, 2 * config.LatentSize, weight);
            _squeeze = new LinearLayer(parameters, $"{prefix}encoder.squeeze_layer", config.PatchSize * hidden, hidden, weight);
            _norm = parameters.Add($"{prefix}encoder.norm.weight", new Shape(hidden), Initialization.Ones, decays: false);
        }

        /// <summary>
        /// Tokens [N K, d] to latents [N, 2 L]. Of an odd number of layers the last is never run, as published.
        /// </summary>
        public Tensor Apply(Tape tape, Tensor x)
        {
            int half = _layers.Length / 2;
            x = Through(tape, _layers.AsSpan(0, half), x);

            x = _squeeze.Apply(tape, x.Reshape(x.Rows / _config.PatchSize, _config.PatchSize * _config.HiddenSize));
            x = Through(tape, _layers.AsSpan(half, half), x);

            return _toLatent.Apply(tape, RmsNorm.Apply(tape, x, _norm.Value, _config.RmsNormEps));
        }
    }

    private sealed class Decoder
    {
        private readonly AutoencoderConfig _config;
        private readonly FeedForward[] _layers;
        private readonly LinearLayer _fromLatent;
        private readonly LinearLayer _expand;
        private readonly Parameter _norm;

        public Decoder(ParameterSet parameters, AutoencoderConfig config, string prefix, Initialization weight)
        {
            _config = config;
            int hidden = config.HiddenSize;
            _fromLatent = new LinearLayer(parameters, $"{prefix}decoder.latent_to_hidden", config.LatentSize, hidden, weight);
            _layers = Layers(parameters, config, $"{prefix}decoder.decoder_layers", config.NumDecoderLayers, weight);
            _expand = new LinearLayer(parameters, $"{prefix}decoder.expand_layer", hidden, config.PatchSize * hidden, weight);
            _norm = parameters.Add($"{prefix}decoder.norm.weight", new Shape(hidden), Initialization.Ones, decays: false);
        }

        private int Half => _layers.Length / 2;

        /// <summary>Latents [N, L] to tokens [N K, d].</summary>
        public Tensor Apply(Tape tape, Tensor latent) => Tokens(tape, Patch(tape, latent));

        /// <summary>Latents [N, L] to patches [N, d].</summary>
        public Tensor Patch(Tape tape, Tensor latent)
        {
            Tensor x = _fromLatent.Apply(tape, latent);
            return Through(tape, _layers.AsSpan(0, Half), x);
        }

        /// <summary>Patches [R, d] to their tokens, [R K, d].</summary>
        public Tensor Tokens(Tape tape, Tensor patches) =>
            SecondHalf(
                tape, _expand.Apply(tape, patches).Reshape(patches.Rows * _config.PatchSize, _config.HiddenSize));

        /// <summary>Patches [R, d] to the token at one position of each, [R, d].</summary>
        public Tensor Token(Tape tape, Tensor patches, int position)
        {
            int width = _config.HiddenSize;
            return SecondHalf(tape, _expand.ApplyPart(tape, patches, position * width, width));
        }

        private Tensor SecondHalf(Tape tape, Tensor x)
        {
            x = Through(tape, _layers.AsSpan(Half, Half), x);
            return RmsNorm.Apply(tape, x, _norm.Value, _config.RmsNormEps);
        }
    }
}

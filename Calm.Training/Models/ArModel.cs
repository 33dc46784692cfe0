using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The discrete baseline: a Llama over tokens, p(next token) = softmax(hidden W^T). Keys are those of the published
/// checkpoints, <c>model.*</c> and <c>lm_head.weight</c>. Source: Touvron et al. 2023, arXiv:2302.13971.
/// </summary>
internal sealed class ArModel
{
    /// <summary>Key of the token table, which is the output matrix too if the two are tied.</summary>
    public const string TableName = "model.embed_tokens.weight";

    /// <summary>Key of the output matrix, if it is not tied.</summary>
    public const string OutputName = "lm_head.weight";

    private readonly Parameter _table;
    private readonly Transformer _transformer;
    private readonly Parameter _output;

    /// <summary>A model with its own set of parameters.</summary>
    public ArModel(ArConfig config)
    {
        Config = config;
        Shape table = new(config.VocabSize, config.HiddenSize);
        Initialization weight = Initialization.Normal(config.InitializerRange);
        _table = Parameters.Add(TableName, table, weight);
        _transformer = new Transformer(Parameters, config, "model.");
        _output = config.TieWordEmbeddings ? _table : Parameters.Add(OutputName, table, weight);
    }

    /// <summary>The shape of the model.</summary>
    public ArConfig Config { get; }

    /// <summary>The trained parameters.</summary>
    public ParameterSet Parameters { get; } = new();

    /// <summary>The output matrix, [V, d]: logits = hidden * table^T.</summary>
    public Tensor OutputTable => _output.Value;

    /// <summary>Hidden states of tokens.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="ids">Tokens, [B, T].</param>
    /// <param name="caches">For generation, one a block, with the positions before these tokens; null in training.</param>
    /// <returns>[B, T, d].</returns>
    public Tensor Hidden(Tape tape, Tensor ids, KeyValueCache[]? caches = null) =>
        _transformer.Apply(tape, Embedding.Apply(tape, ids, _table.Value, Config.PadTokenId ?? -1), caches);

    /// <summary>Logits of some hidden states, for evaluation and generation; training never writes them.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="hidden">[R, d].</param>
    /// <returns>[R, V].</returns>
    public Tensor Logits(Tape tape, Tensor hidden) => Linear.Apply(tape, hidden, OutputTable);

    /// <inheritdoc cref="Transformer.CreateCaches"/>
    public KeyValueCache[] CreateCaches(Arena arena, int batch, int capacity) =>
        _transformer.CreateCaches(arena, batch, capacity);
}

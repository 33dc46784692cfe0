using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A discrete model as a GGUF file of architecture <c>llama</c>, which llama.cpp and what is built on it run.
/// </summary>
/// <remarks>
/// In that architecture the rotary embedding pairs neighbouring components, here those half a head apart, so that the rows of
/// query and key matrices are stored in another order.
/// </remarks>
internal static class GgufLlama
{
    /// <summary>Adds the model's settings and weights to a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="context">Tokens of the context that it was trained with.</param>
    /// <param name="weights">Its weights; read when the file is written.</param>
    /// <param name="type">The type of matrices: F32, F16 or BF16. Vectors are floats.</param>
    public static void AddTo(
        GgufWriter file, string name, ArConfig config, int context, ModelWeights weights, SafetensorsType type)
    {
        AddSettings(file, name, config, context, type);
        AddMatrix("token_embd.weight", ArModel.TableName);
        AddVector("output_norm.weight", "model.norm.weight");
        if (!config.TieWordEmbeddings)
        {
            AddMatrix("output.weight", ArModel.OutputName);
        }

        for (int layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            string to = $"blk.{layer}.";
            string from = $"model.layers.{layer}.";
            AddVector(to + "attn_norm.weight", from + "input_layernorm.weight");
            AddRotated(to + "attn_q.weight", from + "self_attn.q_proj.weight", config.NumAttentionHeads);
            AddRotated(to + "attn_k.weight", from + "self_attn.k_proj.weight", config.NumKeyValueHeads);
            AddMatrix(to + "attn_v.weight", from + "self_attn.v_proj.weight");
            AddMatrix(to + "attn_output.weight", from + "self_attn.o_proj.weight");
            AddVector(to + "ffn_norm.weight", from + "post_attention_layernorm.weight");
            AddMatrix(to + "ffn_gate.weight", from + "mlp.gate_proj.weight");
            AddMatrix(to + "ffn_up.weight", from + "mlp.up_proj.weight");
            AddMatrix(to + "ffn_down.weight", from + "mlp.down_proj.weight");
        }

        void AddMatrix(string to, string from) => file.Add(to, type, ShapeOf(from), () => weights.Read(from));

        void AddVector(string to, string from) => file.Add(to, SafetensorsType.F32, ShapeOf(from), () => weights.Read(from));

        void AddRotated(string to, string from, int heads) =>
            file.Add(to, type, ShapeOf(from), () => Interleaved(weights.Read(from), heads, config.HeadSize));

        Shape ShapeOf(string from) => new([.. weights.SizesOf(from)!.Select(size => checked((int)size))]);
    }

    /// <summary>Adds a tokenizer to a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="vocabulary">Its vocabulary; null if the format has no form for it.</param>
    public static void AddTo(GgufWriter file, ITokenizer tokenizer, GgufVocabulary? vocabulary)
    {
        file.Add("tokenizer.ggml.model", vocabulary is null ? "no_vocab" : "gpt2");
        if (vocabulary is null)
        {
            return;
        }

        file.Add("tokenizer.ggml.pre", vocabulary.Split);
        file.Add("tokenizer.ggml.tokens", vocabulary.Tokens);
        file.Add("tokenizer.ggml.token_type", vocabulary.Types);
        file.Add("tokenizer.ggml.merges", vocabulary.Merges);
        file.Add("tokenizer.ggml.bos_token_id", tokenizer.Begin);
        file.Add("tokenizer.ggml.eos_token_id", tokenizer.EndOfText);
        file.Add("tokenizer.ggml.padding_token_id", tokenizer.Pad);
        file.Add("tokenizer.ggml.add_bos_token", false);
        file.Add("tokenizer.ggml.add_eos_token", false);
    }

    private static void AddSettings(GgufWriter file, string name, ArConfig config, int context, SafetensorsType type)
    {
        file.Add("general.architecture", "llama");
        file.Add("general.name", name);
        file.Add("general.file_type", type switch
        {
            SafetensorsType.F16 => 1,
            SafetensorsType.BF16 => 32,
            _ => 0,
        });
        file.Add("llama.vocab_size", config.VocabSize);
        file.Add("llama.context_length", context);
        file.Add("llama.embedding_length", config.HiddenSize);
        file.Add("llama.block_count", config.NumHiddenLayers);
        file.Add("llama.feed_forward_length", config.IntermediateSize);
        file.Add("llama.attention.head_count", config.NumAttentionHeads);
        file.Add("llama.attention.head_count_kv", config.NumKeyValueHeads);
        file.Add("llama.attention.layer_norm_rms_epsilon", config.RmsNormEps);
        file.Add("llama.rope.dimension_count", config.HeadSize);
        file.Add("llama.rope.freq_base", config.RopeTheta);
    }

    /// <summary>The rows of a matrix, in each head those of its two halves in turn.</summary>
    private static float[] Interleaved(float[] matrix, int heads, int headSize)
    {
        int columns = matrix.Length / (heads * headSize);
        float[] rows = new float[matrix.Length];
        for (int row = 0; row < heads * headSize; row++)
        {
            int inHead = row % headSize;
            int from = row - inHead + inHead % 2 * (headSize / 2) + inHead / 2;
            matrix.AsSpan(from * columns, columns).CopyTo(rows.AsSpan(row * columns, columns));
        }

        return rows;
    }
}

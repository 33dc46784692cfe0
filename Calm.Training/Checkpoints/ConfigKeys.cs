using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The keys of a published <c>config.json</c> that are no settings of ours: each has no effect here, or may have only a value
/// that has none. Any other is refused by name, because a key that is passed over may change what a model computes.
/// </summary>
internal static class ConfigKeys
{
    private const int MostNamed = 8;
    private const string Lacks = "which this program's models do not have";

    // Facts about the file or the library, switches of its generation, and labels; none changes a hidden state.
    private static readonly HashSet<string> WithoutEffect =
    [
        "_attn_implementation", "_attn_implementation_autoset", "_commit_hash", "_name_or_path", "ae_path", "architectures",
        "auto_map", "bad_words_ids", "begin_suppress_tokens", "chunk_size_feed_forward", "decoder_start_token_id",
        "diversity_penalty", "do_sample", "dtype", "early_stopping", "encoder_no_repeat_ngram_size",
        "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id", "forced_eos_token_id", "id2label",
        "is_decoder", "is_llama_config", "label2id", "length_penalty", "max_length", "max_position_embeddings", "min_length",
        "no_repeat_ngram_size",
        "num_beam_groups", "num_beams", "num_return_sequences", "output_attentions", "output_hidden_states", "output_scores",
        "prefix", "pretraining_tp", "problem_type", "remove_invalid_values", "repetition_penalty", "return_dict",
        "return_dict_in_generate", "sep_token_id", "suppress_tokens", "task_specific_params", "temperature", "tf_legacy_loss",
        "tie_encoder_decoder", "tokenizer_class", "top_k", "top_p", "torch_dtype", "torchscript", "transformers_version",
        "typical_p", "use_bfloat16", "use_cache",
    ];

    private static readonly Dictionary<string, Func<JsonElement, bool>> WithoutEffectOnlyIf = new()
    {
        ["rope_scaling"] = IsNull,
        ["rope_parameters"] = IsPlainRope,
        ["partial_rotary_factor"] = value => IsNull(value) || IsNumber(value, 1),
        ["sliding_window"] = IsNull,
        ["use_sliding_window"] = IsFalse,
        ["layer_types"] = value => IsNull(value) || IsListOf(value, "full_attention"),
        ["hidden_act"] = value => IsNull(value) || IsOneOf(value, "silu", "swish"),
        ["hidden_activation"] = value => IsNull(value) || IsOneOf(value, "silu", "swish"),
        ["attention_bias"] = IsFalse,
        ["mlp_bias"] = IsFalse,
        ["attention_dropout"] = value => IsNull(value) || IsNumber(value, 0),
        ["hidden_dropout"] = value => IsNull(value) || IsNumber(value, 0),
        ["quantization_config"] = IsNull,
        ["pruned_heads"] = value => IsNull(value) || (value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any()),
        ["rope_interleaved"] = IsFalse,
        ["is_encoder_decoder"] = IsFalse,
        ["add_cross_attention"] = IsFalse,
        ["cross_attention_hidden_size"] = IsNull,
    };

    /// <summary>Checks all keys of a configuration but those of its settings.</summary>
    /// <param name="where">The file, for messages.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="settings">Keys that are honoured.</param>
    /// <exception cref="CalmException">A key is unknown, or its value changes the mathematics; the message names it.</exception>
    public static void Check(string where, JsonElement config, IReadOnlySet<string> settings)
    {
        JsonProperty[] others =
            [.. config.EnumerateObject().Where(entry => !settings.Contains(entry.Name) && !WithoutEffect.Contains(entry.Name))];
        JsonProperty[] harmful =
        [
            .. others.Where(entry => WithoutEffectOnlyIf.TryGetValue(entry.Name, out Func<JsonElement, bool>? isHarmless)
                && !isHarmless(entry.Value)),
        ];
        if (harmful.Length > 0)
        {
            string asked = string.Join(", ", harmful.Take(MostNamed).Select(entry => $"{entry.Name} {Short(entry.Value)}"));
            throw new CalmException($"{where}: asks for {asked}, {Lacks}.");
        }

        string[] unknown = [.. others.Select(entry => entry.Name).Where(name => !WithoutEffectOnlyIf.ContainsKey(name))];
        if (unknown.Length > 0)
        {
            string names = string.Join(", ", unknown.Take(MostNamed).Select(Quote.Name));
            throw new CalmException(
                $"{where}: has {names}, which this program does not know; delete from the file what does not change what the "
                + "model computes.");
        }
    }

    /// <summary>A value as messages print it.</summary>
    public static string Short(JsonElement value)
    {
        const int longest = 60;
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return string.Concat((text.Length <= longest ? text : text[..longest] + "...").Select(c => char.IsControl(c) ? ' ' : c));
    }

    /// <summary>Whether a rotary embedding is the plain one; its base may be anything.</summary>
    private static bool IsPlainRope(JsonElement value) =>
        IsNull(value)
        || (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(entry => entry.Name switch
        {
            "rope_type" or "type" => IsOneOf(entry.Value, "default"),
            "rope_theta" => entry.Value.ValueKind == JsonValueKind.Number,
            "partial_rotary_factor" => IsNumber(entry.Value, 1),
            _ => false,
        }));

    private static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.Null;

    private static bool IsFalse(JsonElement value) => value.ValueKind is JsonValueKind.False or JsonValueKind.Null;

    private static bool IsNumber(JsonElement value, double number) =>
        value.ValueKind == JsonValueKind.Number && value.GetDouble() == number;

    private static bool IsOneOf(JsonElement value, params ReadOnlySpan<string> words) =>
        value.ValueKind == JsonValueKind.String && words.Contains(value.GetString());

    private static bool IsListOf(JsonElement value, string word) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(entry => IsOneOf(entry, word));
}

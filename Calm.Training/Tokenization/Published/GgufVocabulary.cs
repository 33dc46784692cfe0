namespace Calm.Training;

/// <summary>A tokenizer as GGUF files hold it, for llama.cpp.</summary>
/// <remarks>Source: llama.cpp, gguf-py/gguf/constants.py and src/llama-vocab.cpp.</remarks>
internal sealed record GgufVocabulary
{
    // Types of tokens by their numbers in the format.
    private const int Normal = 1;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Unused = 5;

    private GgufVocabulary(TokenizerModel model, ITokenizer tokenizer)
    {
        Dictionary<int, AddedToken> added = model.Added.ToDictionary(token => token.Id);
        int[] ids = [.. Enumerable.Range(0, tokenizer.VocabularySize)];
        Tokens = [.. ids.Select(id => added.GetValueOrDefault(id)?.Content ?? TextOf(model, id) ?? $"[unused {id}]")];
        Types =
        [
            .. ids.Select(id => added.TryGetValue(id, out AddedToken? token) ? token.IsSpecial ? Control : UserDefined
                : TextOf(model, id) is null ? Unused : Normal),
        ];
        Merges = [.. model.Merges.Select(merge => $"{model.Vocabulary[merge.Left]} {model.Vocabulary[merge.Right]}")];
        (Split, IsExact) = SplitOf(model);
    }

    /// <summary>Texts of the tokens, in the alphabet of bytes.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Their types.</summary>
    public IReadOnlyList<int> Types { get; }

    /// <summary>Pairs of tokens in the order in which they are merged.</summary>
    public IReadOnlyList<string> Merges { get; }

    /// <summary>llama.cpp's name for the way in which text is cut into words.</summary>
    public string Split { get; }

    /// <summary>
    /// Whether llama.cpp cuts text into the same words. Otherwise it makes other ids of some texts; the model is the same.
    /// </summary>
    public bool IsExact { get; }

    /// <summary>The vocabulary of a tokenizer; null if the format cannot say it, as for ids and levels.</summary>
    public static GgufVocabulary? Of(ITokenizer tokenizer) =>
        OwnTokenizers.ModelOf(tokenizer) is { } model ? new GgufVocabulary(model, tokenizer) : null;

    private static string? TextOf(TokenizerModel model, int id) => id < model.Vocabulary.Count ? model.Vocabulary[id] : null;

    private static (string Name, bool IsExact) SplitOf(TokenizerModel model)
    {
        bool isPlain = model.Normalizer.IsAbsent();
        SplitPattern? pattern = PreTokenizerJson.Read(model.PreTokenizer).Pattern;
        return pattern?.Name switch
        {
            "llama3" when model.IgnoresMerges => ("llama-bpe", isPlain),
            "llama3" => ("dbrx", isPlain),
            "qwen2" => ("qwen2", isPlain),
            "o200k" => ("gpt-4o", isPlain),
            "gpt2" => ("gpt-2", isPlain && !model.IgnoresMerges),
            _ => ("gpt-2", isPlain && model.Merges.Count == 0), // bytes are the same however text is cut
        };
    }
}

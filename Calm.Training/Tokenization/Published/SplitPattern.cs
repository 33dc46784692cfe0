namespace Calm.Training;

/// <summary>A regular expression that cuts text into words, of a published family of tokenizers.</summary>
/// <param name="Name">Its name for people.</param>
/// <param name="Regex">The expression, as the family's files have it.</param>
/// <param name="Scanner">A scanner that finds the same words; null for none.</param>
internal sealed record SplitPattern(string Name, string Regex, PatternScanner? Scanner)
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Lead = @"[^\r\n\p{L}\p{N}]?";
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";

    /// <summary>GPT-2, and every ByteLevel part that splits.</summary>
    public static SplitPattern Gpt2 { get; } = new(
        "gpt2", @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", new PatternScanner(isGpt2: true));

    /// <summary>Llama 3.</summary>
    public static SplitPattern Llama3 { get; } = new("llama3", OfLlama3(@"\p{N}{1,3}"), new PatternScanner(mostDigits: 3));

    /// <summary>GPT-4: the same words as Llama 3.</summary>
    public static SplitPattern Cl100K { get; } = Llama3 with { Name = "cl100k" };

    /// <summary>Qwen 2: as Llama 3, with digits one by one.</summary>
    public static SplitPattern Qwen2 { get; } = new("qwen2", OfLlama3(@"\p{N}"), new PatternScanner(mostDigits: 1));

    /// <summary>GPT-4o.</summary>
    public static SplitPattern O200K { get; } = new(
        "o200k",
        $@"{Lead}{Upper}*{Lower}+{Contractions}?|{Lead}{Upper}+{Lower}*{Contractions}?"
        + $@"|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Scanner: null);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SplitPattern> All { get; } = [Llama3, Gpt2, Cl100K, Qwen2, O200K];

    private static string OfLlama3(string digits) =>
        $@"{Contractions}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{digits}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
}

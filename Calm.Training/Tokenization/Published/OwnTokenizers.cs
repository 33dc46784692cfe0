using System.Text.Json;

namespace Calm.Training;

/// <summary>
/// Tokenizers of this program in the form that others read, and back: the words of <see cref="WordScanner"/> as a regular
/// expression, the bytes as ids 0 to 255, and begin, end of text and padding as the last three, added and special.
/// </summary>
internal static class OwnTokenizers
{
    private static readonly string[] Special = ["<|begin_of_text|>", "<|end_of_text|>", "<|pad|>"];
    private static readonly string[] Bytes = [.. Enumerable.Range(0, ByteTokenizer.ByteCount).Select(Alphabet)];
    private static readonly JsonElement Words = PreTokenizerJson.Isolating(WordScanner.Pattern);
    private static readonly JsonElement Whole = PreTokenizerJson.Whole();

    /// <summary>The contents of a file for a tokenizer; null if the format cannot say them.</summary>
    public static TokenizerModel? ModelOf(ITokenizer tokenizer) => tokenizer switch
    {
        ByteTokenizer => Model(tokenizer, [], Whole),

        // In files of earlier versions two ids may stand for the same bytes.
        BpeTokenizer bpe when Texts(bpe).Distinct().Count() == bpe.VocabularySize - Tokenizers.SpecialCount =>
            Model(bpe, bpe.Merges, Words),
        PublishedTokenizer published => published.Model,
        _ => null,
    };

    /// <summary>The tokenizer of this program that a file holds; null for one of others.</summary>
    /// <exception cref="ArgumentException">It would be one, but a merge is wrong.</exception>
    public static ITokenizer? Recognise(TokenizerModel model)
    {
        int merges = model.Merges.Count;
        bool isOwn = model is { IgnoresMerges: false, Added.Count: Tokenizers.SpecialCount }
            && model.Normalizer.IsAbsent()
            && model.Vocabulary.Count == ByteTokenizer.ByteCount + merges
            && model.Vocabulary.Take(ByteTokenizer.ByteCount).SequenceEqual(Bytes)
            && model.Merges.Select((merge, i) => merge.Id == ByteTokenizer.ByteCount + i).All(isNext => isNext)
            && model.Added.Select((token, i) => token == SpecialToken(model.Vocabulary.Count, i)).All(isSame => isSame);
        return !isOwn ? null
            : JsonElement.DeepEquals(model.PreTokenizer, Words)
                ? new BpeTokenizer([.. model.Merges.Select(merge => (merge.Left, merge.Right))])
            : merges == 0 && JsonElement.DeepEquals(model.PreTokenizer, Whole) ? new ByteTokenizer()
            : null;
    }

    private static TokenizerModel Model(
        ITokenizer tokenizer, IReadOnlyList<(int Left, int Right)> merges, JsonElement words) => new()
        {
            Vocabulary = [.. Texts(tokenizer)],
            Merges = [.. merges.Select((merge, i) => (merge.Left, merge.Right, ByteTokenizer.ByteCount + i))],
            Added = [.. Enumerable.Range(0, Tokenizers.SpecialCount).Select(i => SpecialToken(tokenizer.Begin, i))],
            PreTokenizer = words,
        };

    private static IEnumerable<string> Texts(ITokenizer tokenizer) =>
        Enumerable.Range(0, tokenizer.Begin).Select(id => ByteAlphabet.Write(tokenizer.BytesOf(id)));

    private static AddedToken SpecialToken(int first, int i) => new(first + i, Special[i], IsSpecial: true, IsNormalized: false);

    private static string Alphabet(int value) => ByteAlphabet.Write([(byte)value]);
}

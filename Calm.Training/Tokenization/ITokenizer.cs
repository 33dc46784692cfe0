namespace Calm.Training;

/// <summary>
/// Converts bytes to token ids and back. Our own tokenizers of text encode every sequence of bytes and decode it exactly: ids 0
/// to 255 are the bytes, the last three ids begin, end and padding. Published ones read UTF-8 and have special ids anywhere. For
/// series, see <see cref="LevelsTokenizer"/>; for models without a tokenizer, <see cref="IdsTokenizer"/>.
/// </summary>
/// <remarks>Safe to use from several threads.</remarks>
public interface ITokenizer
{
    /// <summary>The kind: "bytes", "bpe", "published", "levels" or "ids".</summary>
    string Name { get; }

    /// <summary>Number of ids.</summary>
    int VocabularySize { get; }

    /// <summary>The id that may start a sequence.</summary>
    int Begin => VocabularySize - 3;

    /// <summary>The id that ends a document.</summary>
    int EndOfText => VocabularySize - 2;

    /// <summary>The id that fills a document up to a whole number of patches.</summary>
    int Pad => VocabularySize - 1;

    /// <summary>SHA-256, in hexadecimal, of all that decides its ids, whatever file it is in: its identity.</summary>
    string Hash { get; }

    /// <summary>Appends the ids of a text. They are never special ones, unless the text is ids itself.</summary>
    void Encode(ReadOnlySpan<byte> text, List<int> ids);

    /// <summary>The bytes of one id, none for a special one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    ReadOnlySpan<byte> BytesOf(int id);
}

namespace Calm.Training;

/// <summary>
/// Converts bytes to token ids and back. The last three ids of the vocabulary are begin, end and padding. For text, ids 0
/// to 255 are the bytes themselves, so every sequence of bytes can be encoded and is decoded exactly. For series, see
/// <see cref="LevelsTokenizer"/>.
/// </summary>
/// <remarks>Safe to use from several threads.</remarks>
public interface ITokenizer
{
    /// <summary>The kind: "bytes", "bpe" or "levels".</summary>
    string Name { get; }

    /// <summary>Number of ids.</summary>
    int VocabularySize { get; }

    /// <summary>The id that may start a sequence.</summary>
    int Begin => VocabularySize - 3;

    /// <summary>The id that ends a document.</summary>
    int EndOfText => VocabularySize - 2;

    /// <summary>The id that fills a document up to a whole number of patches.</summary>
    int Pad => VocabularySize - 1;

    /// <summary>SHA-256, in hexadecimal, of the file that <see cref="TokenizerFile"/> writes.</summary>
    string Hash { get; }

    /// <summary>Appends the ids of a text. They are never special ones.</summary>
    void Encode(ReadOnlySpan<byte> text, List<int> ids);

    /// <summary>The bytes of one id, none for a special one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    ReadOnlySpan<byte> BytesOf(int id);
}

using System.Buffers;
using System.Text;

namespace Calm.Training;

/// <summary>Methods of all tokenizers.</summary>
public static class Tokenizers
{
    /// <summary>Number of special tokens of our own tokenizers: begin, end of text and padding.</summary>
    public const int SpecialCount = 3;

    /// <summary>The ids of a text.</summary>
    public static int[] Encode(this ITokenizer tokenizer, ReadOnlySpan<byte> text)
    {
        List<int> ids = [];
        tokenizer.Encode(text, ids);
        return [.. ids];
    }

    /// <summary>The ids of a text.</summary>
    public static int[] Encode(this ITokenizer tokenizer, string text) =>
        tokenizer.Encode(Encoding.UTF8.GetBytes(text));

    /// <summary>The bytes of ids; special ones have none.</summary>
    public static byte[] Decode(this ITokenizer tokenizer, ReadOnlySpan<int> ids)
    {
        ArrayBufferWriter<byte> bytes = new();
        foreach (int id in ids)
        {
            bytes.Write(tokenizer.BytesOf(id));
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The text of ids, with U+FFFD where bytes are not UTF-8.</summary>
    public static string DecodeText(this ITokenizer tokenizer, ReadOnlySpan<int> ids) =>
        Encoding.UTF8.GetString(tokenizer.Decode(ids));

    /// <summary>Whether an id is begin, end of text or padding.</summary>
    internal static bool IsSpecial(this ITokenizer tokenizer, int id) =>
        id == tokenizer.Begin || id == tokenizer.EndOfText || id == tokenizer.Pad;

    /// <summary>The exception for an id outside the vocabulary.</summary>
    internal static ArgumentOutOfRangeException NoSuchId(this ITokenizer tokenizer, int id) =>
        new(nameof(id), $"Tokenizer: id {id}, expected 0 to {tokenizer.VocabularySize - 1}.");
}

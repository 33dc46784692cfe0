using System.Text;

namespace Calm.Training;

/// <summary>
/// Bytes that come in pieces, as text that never breaks inside a character: the rest of one waits for the next piece.
/// Bytes that are not UTF-8 become U+FFFD.
/// </summary>
internal sealed class Utf8Stream
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The text that is complete with these bytes; often empty for a single byte.</summary>
    public string Append(ReadOnlySpan<byte> bytes) => Decode(bytes, flush: false);

    /// <summary>What is left at the end: U+FFFD if a character was cut off, otherwise nothing. Starts afresh.</summary>
    public string Finish() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        char[] characters = new char[_decoder.GetCharCount(bytes, flush)];
        int count = _decoder.GetChars(bytes, characters, flush);
        return new string(characters, 0, count);
    }
}

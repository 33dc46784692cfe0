using System.Text;

namespace Calm.Training;

/// <summary>
/// Decodes bytes that arrive in pieces. An incomplete character waits for the next piece.
/// Bytes that are not UTF-8 become U+FFFD.
/// </summary>
internal sealed class Utf8Stream
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The text that these bytes complete; may be empty.</summary>
    public string Append(ReadOnlySpan<byte> bytes) => Decode(bytes, flush: false);

    /// <summary>Ends the text: U+FFFD if a character is incomplete, else nothing. Resets the stream.</summary>
    public string Finish() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        char[] characters = new char[_decoder.GetCharCount(bytes, flush)];
        int count = _decoder.GetChars(bytes, characters, flush);
        return new string(characters, 0, count);
    }
}

using System.Text;

namespace Calm.Cli;

/// <summary>
/// A writer of results or messages. It takes the status line away before it writes; to a terminal it shows control characters
/// as their pictures, so that no text can command it.
/// </summary>
/// <param name="writer">The output.</param>
/// <param name="status">The line to take away.</param>
/// <param name="isTerminal">Whether the output is a terminal; to other outputs all characters go as they are.</param>
internal sealed class ClearWriter(TextWriter writer, StatusLine status, bool isTerminal) : TextWriter
{
    private char _high; // the first half of a pair, whose other half comes with the next write

    /// <inheritdoc/>
    public override Encoding Encoding => writer.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        status.Clear();
        if (!isTerminal)
        {
            writer.Write(buffer);
            return;
        }

        string text = _high == '\0' ? new string(buffer) : $"{_high}{buffer}";
        _high = text is [.., var last] && char.IsHighSurrogate(last) ? last : '\0';
        writer.Write(Readable.Text(_high == '\0' ? text : text[..^1]));
    }

    /// <inheritdoc/>
    public override void Flush() => writer.Flush();
}

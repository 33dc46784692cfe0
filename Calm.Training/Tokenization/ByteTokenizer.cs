namespace Calm.Training;

/// <summary>One id per byte: 0 to 255, then begin 256, end of text 257, padding 258.</summary>
/// <remarks>
/// The autoencoder replaces dropped ids by id 0. Byte 0 does not occur in text, so here it serves as a mask.
/// </remarks>
public sealed class ByteTokenizer : ITokenizer
{
    /// <summary>Number of ids that are bytes.</summary>
    public const int ByteCount = 256;

    private static readonly byte[] AllBytes = [.. Enumerable.Range(0, ByteCount).Select(value => (byte)value)];

    private string? _hash;

    /// <inheritdoc/>
    public string Name => TokenizerFile.BytesType;

    /// <inheritdoc/>
    public int VocabularySize => ByteCount + Tokenizers.SpecialCount;

    /// <inheritdoc/>
    public string Hash => _hash ??= TokenizerFile.HashOf(this);

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<byte> text, List<int> ids)
    {
        ids.EnsureCapacity(ids.Count + text.Length);
        foreach (byte value in text)
        {
            ids.Add(value);
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> BytesOf(int id) =>
        (uint)id >= (uint)VocabularySize ? throw this.NoSuchId(id)
        : id < ByteCount ? AllBytes.AsSpan(id, 1)
        : [];
}

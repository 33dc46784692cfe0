using System.Globalization;
using System.Text;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A tokenizer for models that come without one: text is ids in decimal with white space between them, special ids included.
/// </summary>
internal sealed class IdsTokenizer : ITokenizer
{
    private string? _hash;

    /// <summary>A tokenizer of ids.</summary>
    /// <exception cref="ArgumentException">A special id is outside the vocabulary, or that is empty or too large.</exception>
    public IdsTokenizer(int vocabularySize, int begin, int endOfText, int pad)
    {
        (VocabularySize, Begin, EndOfText, Pad) = (vocabularySize, begin, endOfText, pad);
        foreach (int id in (ReadOnlySpan<int>)[begin, endOfText, pad])
        {
            if ((uint)id >= (uint)vocabularySize || vocabularySize > TokenizerModel.MostIds)
            {
                int most = Math.Min(vocabularySize, TokenizerModel.MostIds) - 1;
                throw new ArgumentException($"special id {id} of {vocabularySize} ids, expected 0 to {most}");
            }
        }
    }

    /// <inheritdoc/>
    public string Name => TokenizerFile.IdsType;

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public int Begin { get; }

    /// <inheritdoc/>
    public int EndOfText { get; }

    /// <inheritdoc/>
    public int Pad { get; }

    /// <inheritdoc/>
    public string Hash => _hash ??= TokenizerFile.HashOf(this);

    /// <summary>Appends the ids that a text names.</summary>
    /// <exception cref="CalmException">A word of it is no id of the vocabulary.</exception>
    public void Encode(ReadOnlySpan<byte> text, List<int> ids)
    {
        foreach (Range range in text.SplitAny(" \t\r\n\f\v"u8))
        {
            ReadOnlySpan<byte> word = text[range];
            if (word.IsEmpty)
            {
                continue;
            }

            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id >= VocabularySize)
            {
                string shown = Quote.Of(Encoding.UTF8.GetString(word[..Math.Min(word.Length, 64)]));
                throw new CalmException(
                    $"text: byte {range.Start.Value}: {shown} is no id from 0 to {VocabularySize - 1}; "
                    + "this model has no tokenizer, so its text is ids with spaces between them.");
            }

            ids.Add(id);
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> BytesOf(int id) =>
        (uint)id >= (uint)VocabularySize ? throw this.NoSuchId(id)
        : id == Begin || id == EndOfText || id == Pad ? []
        : Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $" {id}"));
}

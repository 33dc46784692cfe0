namespace Calm.Training;

/// <summary>
/// Ids that a model has for a tokenizer, as its configuration states them; what is null comes from the tokenizer's own files.
/// </summary>
/// <param name="Begin">The id that may start a sequence.</param>
/// <param name="EndOfText">The id that ends a document.</param>
/// <param name="Pad">The id that fills patches.</param>
/// <param name="Vocabulary">Number of ids, at least those of the tokenizer.</param>
public sealed record TokenizerIds(int? Begin = null, int? EndOfText = null, int? Pad = null, int? Vocabulary = null)
{
    /// <summary>Whether a tokenizer has all ids that are stated.</summary>
    internal bool AreOf(ITokenizer tokenizer) =>
        (Begin ?? tokenizer.Begin) == tokenizer.Begin
        && (EndOfText ?? tokenizer.EndOfText) == tokenizer.EndOfText
        && (Pad ?? tokenizer.Pad) == tokenizer.Pad
        && (Vocabulary ?? tokenizer.VocabularySize) == tokenizer.VocabularySize;

    /// <summary>These ids, and others for those that are not stated.</summary>
    internal TokenizerIds Or(TokenizerIds others) => new(
        Begin ?? others.Begin, EndOfText ?? others.EndOfText, Pad ?? others.Pad, Vocabulary ?? others.Vocabulary);
}

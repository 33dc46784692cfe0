namespace Calm.Training;

/// <summary>The text of a corpus.</summary>
/// <param name="Train">The documents to learn from; they can be read again.</param>
/// <param name="HeldOut">The documents that judge a model.</param>
internal sealed record CorpusText(IEnumerable<Document> Train, IEnumerable<Document> HeldOut);

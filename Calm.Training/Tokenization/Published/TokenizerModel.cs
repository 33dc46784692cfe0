using System.Text.Json;

namespace Calm.Training;

/// <summary>The contents of a published byte-level tokenizer, checked.</summary>
internal sealed record TokenizerModel
{
    /// <summary>Most ids; the largest published vocabularies have a quarter of a million.</summary>
    public const int MostIds = 1 << 22;

    /// <summary>Tokens by id, in the alphabet of bytes; null for ids that are not there.</summary>
    public required IReadOnlyList<string?> Vocabulary { get; init; }

    /// <summary>The merges in their order: two tokens and what they become.</summary>
    public required IReadOnlyList<(int Left, int Right, int Id)> Merges { get; init; }

    /// <summary>Whether a word that is a token is that token, whatever the merges make of it.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>Added tokens by rising id.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>The normaliser's JSON, or undefined.</summary>
    public JsonElement Normalizer { get; init; }

    /// <summary>The pre-tokeniser's JSON.</summary>
    public required JsonElement PreTokenizer { get; init; }

    /// <summary>The JSON of what other programs do to whole inputs, kept for them; or undefined.</summary>
    public JsonElement PostProcessor { get; init; }

    /// <summary>One more than the largest id.</summary>
    public int Size => Math.Max(Vocabulary.Count, Added.Count == 0 ? 0 : Added[^1].Id + 1);

    /// <summary>The id of a token's text among added tokens or in the vocabulary; null if there is none.</summary>
    public int? Find(string content)
    {
        if (Added.FirstOrDefault(token => token.Content == content) is { } added)
        {
            return added.Id;
        }

        for (int id = 0; id < Vocabulary.Count; id++)
        {
            if (Vocabulary[id] == content)
            {
                return id;
            }
        }

        return null;
    }

    /// <summary>The text of a token as files name it; null if the id has none.</summary>
    public string? ContentOf(int id) =>
        Added.FirstOrDefault(token => token.Id == id)?.Content ?? (id < Vocabulary.Count ? Vocabulary[id] : null);

    /// <summary>The model with more added tokens.</summary>
    /// <exception cref="JsonException">Two have one id or one text, but not both.</exception>
    public TokenizerModel With(IEnumerable<AddedToken> more)
    {
        SortedDictionary<int, AddedToken> byId = [];
        Dictionary<string, int> idOf = [];
        foreach (AddedToken token in Added.Concat(more))
        {
            if ((byId.TryGetValue(token.Id, out AddedToken? known) && known.Content != token.Content)
                || (idOf.TryGetValue(token.Content, out int id) && id != token.Id))
            {
                throw new JsonException($"the added token {Quote.Of(token.Content)}, id {token.Id}, contradicts another one");
            }

            byId.TryAdd(token.Id, token);
            idOf[token.Content] = token.Id;
        }

        return this with { Added = [.. byId.Values] };
    }
}

using System.Buffers;
using System.Text.Json;

namespace Calm.Training;

/// <summary>A token that no merge makes. A special one is never found in text; another one is, before anything else.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">Whether only programs write it.</param>
/// <param name="IsNormalized">Whether it is looked for in the normalised text.</param>
internal sealed record AddedToken(int Id, string Content, bool IsSpecial, bool IsNormalized)
{
    private const int Longest = 256;

    /// <summary>A token of tokenizer.json or of tokenizer_config.json.</summary>
    /// <exception cref="JsonException">It is none, or cannot be honoured.</exception>
    public static AddedToken Read(JsonElement element, int id)
    {
        const string part = "an added token";
        AddedToken token = new(
            id, element.Text("content", part), element.Flag("special"), element.Flag("normalized", otherwise: true));
        if (token.Content.Length is 0 or > Longest)
        {
            throw new JsonException($"{part} has {token.Content.Length} characters, expected 1 to {Longest}");
        }

        foreach (string flag in (string[])["single_word", "lstrip", "rstrip"])
        {
            if (element.Flag(flag) && !token.IsSpecial)
            {
                throw new JsonException($"the added token {Quote.Of(token.Content)} has {flag}, which is not supported");
            }
        }

        return token;
    }
}

/// <summary>Finds added tokens in text, the longest one at the first place.</summary>
internal sealed class AddedTokenSearch
{
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int[] _lengths;
    private readonly SearchValues<string> _contents;

    /// <summary>A search.</summary>
    /// <param name="tokens">The tokens, which are not empty.</param>
    public AddedTokenSearch(IEnumerable<(string Content, int Id)> tokens)
    {
        foreach ((string content, int id) in tokens)
        {
            _ids.TryAdd(content, id);
        }

        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengths = [.. _ids.Keys.Select(content => content.Length).Distinct().OrderDescending()];
        _contents = SearchValues.Create([.. _ids.Keys], StringComparison.Ordinal);
    }

    /// <summary>Whether there is nothing to find.</summary>
    public bool IsEmpty => _ids.Count == 0;

    /// <summary>The text in parts: text, each with the token that follows it, or -1 at the end.</summary>
    public IEnumerable<(string Text, int Id)> Parts(string text)
    {
        int start = 0;
        while (!IsEmpty && text.AsSpan(start).IndexOfAny(_contents) is >= 0 and int at)
        {
            (int id, int length) = Longest(text.AsSpan(start + at));
            yield return (text.Substring(start, at), id);
            start += at + length;
        }

        yield return (start == 0 ? text : text[start..], -1);
    }

    private (int Id, int Length) Longest(ReadOnlySpan<char> text)
    {
        foreach (int length in _lengths)
        {
            if (length <= text.Length && _lookup.TryGetValue(text[..length], out int id))
            {
                return (id, length);
            }
        }

        throw new InvalidOperationException("AddedTokenSearch: a token was found that is none.");
    }
}

using System.Text;

namespace Calm.Training;

/// <summary>
/// Cuts a text that arrives in pieces before the stop string that is complete first; of several that end together, before the
/// longest. What may yet become part of one is held back, so that the pieces do not matter. The time is linear in the text.
/// </summary>
internal sealed class StopStrings
{
    private readonly Matcher[] _matchers;
    private readonly StringBuilder _held = new();

    /// <summary>No text yet.</summary>
    /// <param name="texts">The stop strings, none of them empty.</param>
    public StopStrings(IEnumerable<string> texts) => _matchers = [.. texts.Select(text => new Matcher(text))];

    /// <summary>Whether the text has come to a stop string.</summary>
    public bool IsFound { get; private set; }

    /// <summary>Adds a piece.</summary>
    /// <returns>The text that is now known to stand before any stop string.</returns>
    public string Append(string piece)
    {
        if (IsFound)
        {
            return "";
        }

        foreach (char letter in piece)
        {
            _held.Append(letter);
            int longest = 0;
            foreach (Matcher matcher in _matchers)
            {
                longest = Math.Max(longest, matcher.Add(letter) ? matcher.Length : 0);
            }

            if (longest > 0)
            {
                _held.Length -= longest;
                IsFound = true;
                return Finish();
            }
        }

        return Release(_matchers.Select(matcher => matcher.Matched).DefaultIfEmpty(0).Max());
    }

    /// <summary>Ends the text.</summary>
    /// <returns>The text that was held back.</returns>
    public string Finish() => Release(0);

    /// <summary>Gives out all but the last letters.</summary>
    private string Release(int kept)
    {
        string released = _held.ToString(0, _held.Length - kept);
        _held.Remove(0, released.Length);
        return released;
    }

    /// <summary>
    /// Counts how many letters of a stop string the text ends with (Knuth, Morris and Pratt 1977, "Fast pattern matching in
    /// strings").
    /// </summary>
    private sealed class Matcher
    {
        private readonly string _text;

        // Of each beginning of the string, the length of the longest shorter beginning that it ends with.
        private readonly int[] _shorter;

        public Matcher(string text)
        {
            _text = text;
            _shorter = new int[text.Length + 1];
            for (int i = 1, length = 0; i < text.Length; i++)
            {
                length = Next(length, text[i]);
                _shorter[i + 1] = length;
            }
        }

        public int Length => _text.Length;

        /// <summary>Letters of the string with which the text ends.</summary>
        public int Matched { get; private set; }

        /// <summary>Adds a letter. True if the string is complete; nothing may be added behind it.</summary>
        public bool Add(char letter)
        {
            Matched = Next(Matched, letter);
            return Matched == Length;
        }

        private int Next(int length, char letter)
        {
            while (length > 0 && _text[length] != letter)
            {
                length = _shorter[length];
            }

            return _text[length] == letter ? length + 1 : 0;
        }
    }
}

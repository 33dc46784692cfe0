using System.Text;

namespace Calm.Tests;

/// <summary>A text of any length from a few words.</summary>
internal static class SmallText
{
    private static readonly string[] Vocabulary =
        ["the", "value", "of", "an", "array", "is", "returned", "by", "this", "method", "when", "a", "key", "was", "found"];

    /// <summary>Words in a repeatable order.</summary>
    public static string Words(int count)
    {
        StringBuilder text = new();
        uint state = 1;
        for (int i = 0; i < count; i++)
        {
            state = state * 1664525 + 1013904223;
            text.Append(Vocabulary[(state >> 16) % (uint)Vocabulary.Length]).Append(i % 12 == 11 ? ".\n" : " ");
        }

        return text.ToString();
    }
}

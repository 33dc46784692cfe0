using System.Text;

namespace Calm.Training;

/// <summary>Text in which every character is one UTF-16 unit: one of two units becomes another of the same category.</summary>
internal static class OneUnit
{
    // By category, in the order of UnicodeCategory; none is in a pattern of a published file by itself.
    private const string Others =
        "\u0100\u0101\u01C5\u02B0\u01BB\u0300\u0903\u0488\u0660\u2160\u00B2\u1680\u2028\u2029\u0080\u00AD\uFFFD\uE000"
        + "\u203F\u2010\u0F3A\u0F3B\u00AB\u00BB\u00A1\u00AC\u00A2\u00A8\u00A9\uFFFF";

    /// <summary>The form of a text.</summary>
    public static string FormOf(ReadOnlySpan<char> text)
    {
        StringBuilder form = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            form.Append(rune.IsBmp ? (char)rune.Value : Others[(int)Rune.GetUnicodeCategory(rune)]);
        }

        return form.ToString();
    }

    /// <summary>Moves a place in a text, in units and in characters, to a character.</summary>
    public static void Advance(ReadOnlySpan<char> text, ref int units, ref int characters, int target)
    {
        for (; characters < target; characters++)
        {
            units += char.IsHighSurrogate(text[units]) && units + 1 < text.Length ? 2 : 1;
        }
    }
}

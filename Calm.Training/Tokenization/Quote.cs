namespace Calm.Training;

/// <summary>Texts of a file in a message: on one line, with what is invisible shown, and cut short.</summary>
internal static class Quote
{
    private const int Longest = 40;
    private const int LongestName = 100;

    /// <summary>A text in quotation marks.</summary>
    public static string Of(string text) =>
        $"'{Readable.Text(text.Length > Longest ? text[..Longest] + "…" : text).Replace('\n', '␊')}'";

    /// <summary>A name, such as that of a tensor, in quotation marks, not longer than a line.</summary>
    public static string Name(string name) => $"\"{Plain(name.Length <= LongestName ? name : name[..LongestName] + "...")}\"";

    /// <summary>A text on one line, without characters that move a terminal's cursor.</summary>
    public static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}

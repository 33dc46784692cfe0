namespace Calm.Training;

/// <summary>Texts of a file in a message: on one line, with what is invisible shown, and cut short.</summary>
internal static class Quote
{
    private const int Longest = 40;

    /// <summary>A text in quotation marks.</summary>
    public static string Of(string text) =>
        $"'{Readable.Text(text.Length > Longest ? text[..Longest] + "…" : text).Replace('\n', '␊')}'";
}

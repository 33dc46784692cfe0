using System.Text;

namespace Calm.Training;

/// <summary>The text of a patch on one line, with all characters visible.</summary>
internal static class PatchText
{
    /// <summary>
    /// The text in quotation marks, special tokens as <c>&lt;end&gt;</c> and the like, line breaks and tabs escaped.
    /// </summary>
    public static string Of(ReadOnlySpan<int> ids, ITokenizer tokenizer)
    {
        StringBuilder text = new("\"");
        for (int start = 0; start < ids.Length;)
        {
            int end = start;
            while (end < ids.Length && !tokenizer.IsSpecial(ids[end]))
            {
                end++;
            }

            text.Append(Readable.Text(Escape(tokenizer.DecodeText(ids[start..end]))));
            if (end < ids.Length)
            {
                text.Append(ids[end] == tokenizer.Begin ? "<begin>" : ids[end] == tokenizer.Pad ? "<pad>" : "<end>");
                end++;
            }

            start = end;
        }

        return text.Append('"').ToString();
    }

    private static string Escape(string text) =>
        text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)
            .Replace("\t", "\\t", StringComparison.Ordinal);
}

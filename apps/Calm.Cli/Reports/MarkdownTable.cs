namespace Calm.Cli;

/// <summary>A table of a page in Markdown; its first column is of names, the others of numbers.</summary>
/// <param name="Caption">What it shows: the sentence above it.</param>
/// <param name="Header">A name for each column.</param>
/// <param name="Rows">Cells, as many as the header has.</param>
internal sealed record MarkdownTable(string Caption, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Adds the table to a page.</summary>
    public void Write(TextWriter page)
    {
        page.Write($"{Caption}\n\n");
        Write(page, Header);
        Write(page, [.. Header.Select((_, i) => i == 0 ? "---" : "---:")]);
        foreach (IReadOnlyList<string> row in Rows)
        {
            Write(page, row);
        }

        page.Write('\n');
    }

    private static void Write(TextWriter page, IReadOnlyList<string> cells) =>
        page.Write($"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n");
}

namespace Calm.Cli;

/// <summary>A table in Markdown. The first column holds names, the others numbers.</summary>
/// <param name="Caption">The sentence above the table.</param>
/// <param name="Header">A name for each column.</param>
/// <param name="Rows">Rows of cells, one cell per column.</param>
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

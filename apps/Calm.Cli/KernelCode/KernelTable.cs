using System.Globalization;

namespace Calm.Cli;

/// <summary>Tables of kernels for people.</summary>
internal static class KernelTable
{
    private sealed record Column(string Title, Func<KernelRow, string> Text, bool IsName = false);

    private static readonly Column[] Resources =
    [
        new("op", row => row.Op, IsName: true),
        new("kernel", row => row.Name, IsName: true),
        new("family", row => row.Family, IsName: true),
        new("target", row => row.Target, IsName: true),
        new("registers", row => Known(row.Registers)),
        new("shared B", row => Known(row.SharedBytes)),
        new("stack B", row => Known(row.StackBytes)),
        new("spills B", row => Known(row.SpillBytes)),
        new("float64", row => Known(row.Float64)),
        new("occupancy", row => OccupancyOf(row.Occupancy)),
        new("limit", row => row.Occupancy?.Limit ?? "-"),
    ];

    private static readonly Column[] Counts =
    [
        new("loads", row => Known(row.Counts?.GlobalLoads)),
        new("stores", row => Known(row.Counts?.GlobalStores)),
        new("shared loads", row => Known(row.Counts?.SharedLoads)),
        new("shared stores", row => Known(row.Counts?.SharedStores)),
        new("fma", row => Known(row.Counts?.Fma)),
        new("mma", row => Known(row.Counts?.Mma)),
        new("barriers", row => Known(row.Counts?.Barriers)),
        new("all", row => Known(row.Counts?.All)),
        new("code B", row => Known(row.CodeBytes)),
    ];

    /// <summary>Writes the kernels, each that both families have once.</summary>
    /// <param name="writer">The page.</param>
    /// <param name="rows">The kernels, in order.</param>
    /// <param name="withCounts">Whether instructions are counted too.</param>
    public static void Write(TextWriter writer, IReadOnlyList<KernelRow> rows, bool withCounts)
    {
        KernelRow[] shown = [.. rows.GroupBy(row => (row.Op, row.Name, row.Target)).Select(Merged)];
        string[][] lines =
        [
            .. (withCounts ? Resources.Concat(Counts) : Resources).Select(Cells),
        ];
        for (int line = 0; line <= shown.Length; line++)
        {
            writer.WriteLine(string.Concat(lines.Select(column => column[line])).TrimEnd());
        }

        string[] Cells(Column column)
        {
            string[] cells = [column.Title, .. shown.Select(column.Text)];
            int width = cells.Max(cell => cell.Length) + 2;
            return [.. cells.Select(cell => column.IsName ? cell.PadRight(width) : cell.PadLeft(width))];
        }
    }

    /// <summary>Occupancy in words: percent of the places for warps, and their number.</summary>
    public static string OccupancyOf(OccupancyRow? occupancy) => occupancy is null
        ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"{occupancy.Percent:0} % of {occupancy.MostWarps}");

    // The family of GPUs comes last and is the one whose occupancy is known.
    private static KernelRow Merged(IEnumerable<KernelRow> rows)
    {
        KernelRow last = rows.Last();
        return rows.Select(row => row.Family).Distinct().Count() > 1 ? last with { Family = "both" } : last;
    }

    private static string Known(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";
}

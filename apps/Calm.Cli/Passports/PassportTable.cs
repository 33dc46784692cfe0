using System.Globalization;

namespace Calm.Cli;

/// <summary>A comparison of devices as tables for a terminal.</summary>
internal static class PassportTable
{
    private const int OpWidth = 24;
    private const int NameWidth = 12;
    private const int MostOpsNamed = 12;

    /// <summary>Writes the comparison.</summary>
    /// <param name="writer">The output.</param>
    /// <param name="comparison">The comparison.</param>
    /// <param name="page">The page that was written; null for none.</param>
    public static void Write(TextWriter writer, PassportComparison comparison, string? page)
    {
        foreach (ComparedDevice device in comparison.Devices)
        {
            writer.WriteLine($"{device.Letter}  {device.File}");
            foreach ((string name, string value) in device.Facts())
            {
                writer.WriteLine($"   {name.PadRight(NameWidth)}{value}");
            }

            foreach (string remark in device.Remarks())
            {
                writer.WriteLine($"   {"remark",-NameWidth}{remark}");
            }
        }

        writer.WriteLine();
        WriteChecks(writer, comparison.Devices);
        writer.WriteLine();
        WriteOps(writer, comparison);
        if (page is not null)
        {
            writer.WriteLine($"page: {Path.GetFullPath(page)}");
        }
    }

    /// <summary>Cases, failures, equal bits and the worst error of each device, in rows: name and one text a device.</summary>
    public static IEnumerable<(string Name, IReadOnlyList<string> Texts)> Checks(IReadOnlyList<ComparedDevice> devices) =>
    [
        ("cases verified", [.. devices.Select(device => $"{device.Passport.Verified.Cases}")]),
        ("failed", [.. devices.Select(device => $"{device.Passport.Verified.Failed}")]),
        ("equal bits", [.. devices.Select(device => device.Bits is { } bits ? $"{bits.Equal.Count} of {bits.Common}" : "-")]),
        ("worst error", [.. devices.Select(device => WorstOf(device))]),
    ];

    /// <summary>A median in microseconds.</summary>
    public static string Micro(ComparedOp op, int device) =>
        op.Rows[device] is { } row ? (row.SecondsMedian * 1e6).ToString("F1", CultureInfo.InvariantCulture)
        : op.HasOtherShape[device] ? PassportComparison.OtherShape
        : "-";

    /// <summary>Percent of the roof.</summary>
    public static string Percent(ComparedOp op, int device) =>
        op.Rows[device]?.PercentOfPeak?.ToString("F0", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>Sentences on the ops whose bits are equal to the first device's, or not.</summary>
    public static IEnumerable<string> BitsInWords(ComparedBits bits)
    {
        (string Name, IReadOnlyList<string> Ops)[] kinds =
        [
            ("equal in every case", bits.EqualOps), ("in some", bits.MixedOps), ("in none", bits.DifferentOps),
        ];
        return kinds.Where(kind => kind.Ops.Count > 0).Select(kind => $"{kind.Name}: {Named(kind.Ops)}");
    }

    private static string WorstOf(ComparedDevice device) => device.Worst is not { } worst ? "-"
        : double.IsFinite(worst.Share) ? $"{100 * worst.Share:F0} % of its limit"
        : "no number";

    private static void WriteChecks(TextWriter writer, IReadOnlyList<ComparedDevice> devices)
    {
        const int width = 20;
        writer.WriteLine($"{"",-18}{string.Concat(devices.Select(device => device.Letter.PadLeft(width)))}");
        foreach ((string name, IReadOnlyList<string> texts) in Checks(devices))
        {
            writer.WriteLine($"{name,-18}{string.Concat(texts.Select(text => text.PadLeft(width)))}");
        }

        foreach (ComparedDevice device in devices.Where(device => device.Worst is not null))
        {
            writer.WriteLine($"worst error of {device.Letter}: {device.Worst!.Name}");
        }

        foreach (ComparedDevice device in devices)
        {
            foreach (string line in device.Bits is { } bits ? BitsInWords(bits) : [])
            {
                writer.WriteLine($"bits of {device.Letter} and A {line}");
            }
        }
    }

    private static void WriteOps(TextWriter writer, PassportComparison comparison)
    {
        if (comparison.Ops.Count == 0)
        {
            writer.WriteLine("no op was timed");
            return;
        }

        int shape = comparison.Ops.Max(op => op.Shape.Length) + 2;
        string head = string.Concat(comparison.Devices.Select(device => $"{$"{device.Letter} us",12}{"% of roof",11}"));
        writer.WriteLine($"{"op",-OpWidth}{"shape".PadRight(shape)}{"direction",-10}{head}");
        foreach (ComparedOp op in comparison.Ops)
        {
            string times = string.Concat(comparison.Devices.Select((_, i) => $"{Micro(op, i),12}{Percent(op, i),11}"));
            writer.WriteLine($"{op.Op,-OpWidth}{op.Shape.PadRight(shape)}{op.Direction,-10}{times}");
        }

        if (comparison.ShapesNote is { } note)
        {
            writer.WriteLine(note);
        }
    }

    private static string Named(IReadOnlyList<string> ops) =>
        string.Join(", ", ops.Take(MostOpsNamed)) + (ops.Count > MostOpsNamed ? $" and {ops.Count - MostOpsNamed} more" : "");
}

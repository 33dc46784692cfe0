using System.Xml.Linq;
using Calm.Kernels;

namespace Calm.Cli;

/// <summary>A comparison of devices as one page of HTML.</summary>
internal static class PassportPage
{
    private const string Title = "Devices side by side";

    /// <summary>Writes the page.</summary>
    public static void Write(string path, PassportComparison comparison) =>
        SafeFile.WriteText(path, writer => Write(writer, comparison));

    /// <summary>Writes the page to a writer.</summary>
    public static void Write(TextWriter writer, PassportComparison comparison)
    {
        XElement header = Markup.Element(
            "header", Markup.Element("h1", Title),
            Markup.Element("p.subtitle", string.Join(" · ", comparison.Devices.Select(device => device.Title))));
        XElement?[] sections =
        [
            Facts(comparison), Checks(comparison), Times(comparison), Bandwidths(comparison), Rooflines(comparison),
            Table(comparison), Kernels(comparison),
        ];
        HtmlPage.Write(Title, header, sections.OfType<XElement>(), writer);
    }

    private static XElement Facts(PassportComparison comparison) => HtmlPage.Section(
        "Devices",
        Markup.Element(
            "div.charts",
            comparison.Devices.Select((device, i) => Markup.Element(
                "figure.devices",
                Markup.Element("figcaption", Letter(device, i), Markup.Element("span", Path.GetFileName(device.File))),
                HtmlPage.Table("facts", [], device.Facts().Select(fact => new object[] { fact.Name, fact.Value })),
                device.Remarks().Select(remark => Markup.Element("p.note", remark))))));

    private static XElement Checks(PassportComparison comparison) => HtmlPage.Section(
        "Right to the bit",
        HtmlPage.Paragraph("""
            Every op ran at many sizes, forward and backward, and was compared with its definition in double precision. Limits are
            those of each op. Bits are equal if all outputs and gradients of a case are the same numbers as on A.
            """),
        HtmlPage.Scroll(HtmlPage.Table(
            "numbers", ["", .. comparison.Devices.Select(Letter)],
            PassportTable.Checks(comparison.Devices).Select(row => new object[] { row.Name }.Concat(row.Texts).ToArray()))),
        comparison.Devices.SelectMany(device => Remarks(device).Select(line => Markup.Element("p.note", line))));

    private static IEnumerable<string> Remarks(ComparedDevice device) =>
    [
        .. device.Worst is { } worst ? [$"{device.Letter}, worst error: {worst.Name}."] : Array.Empty<string>(),
        .. device.Bits is { } bits
            ? PassportTable.BitsInWords(bits).Select(line => $"{device.Letter}, bits of A {line}.")
            : [],
        .. device.Passport.Verified.Failures.Select(line => $"{device.Letter}, failed: {line}."),
    ];

    private static XElement? Times(PassportComparison comparison)
    {
        XElement[] figures =
        [
            .. new[] { BenchRow.Forward, BenchRow.Backward }
                .Select(direction => new OpTimesPlot(comparison, direction).Figure()).OfType<XElement>(),
        ];
        return figures.Length == 0 ? null : HtmlPage.Section(
            "Times",
            HtmlPage.Paragraph(
                "Further left is faster; a step of the grid is a factor. A ring is a time at another shape than that of the "
                + "first device of its line. The names of shapes are in the table below."),
            Markup.Element("div.charts", figures));
    }

    private static XElement? Bandwidths(PassportComparison comparison)
    {
        // A device without a measurement has its place here, too: places decide colours.
        PlotSeries[] series = [.. comparison.Devices.Select(Series)];
        return series.All(one => one.Points.Count == 0) ? null : HtmlPage.Section(
            "Bandwidth",
            Markup.Element(
                "div.beside",
                HtmlPage.Paragraph("""
                    The fastest of reading, writing, copying and changing so much data; on the emulator that of a copy alone.
                    Steps down are where data outgrow a cache.
                    """),
                new Plot("Bandwidth over size", "KB of data", "GB/s", series)
                {
                    Width = 440, Height = 300, LogarithmicAcross = true, LogarithmicUp = true,
                }.Figure(null)));
    }

    private static PlotSeries Series(ComparedDevice device) => new(
        $"{device.Letter} {device.Passport.Device.Name}",
        device.Passport.Bench?.Bandwidth is { } curve
            ?
            [
                .. curve.Bytes.Zip(curve.Gbs).Select(size => new PlotPoint(
                    size.First / 1e3, Estimate.Exact(size.Second),
                    $"{device.Letter}: {Readable.Short(size.Second)} GB/s of {Readable.Amount(size.First)}B")),
            ]
            : []);

    private static XElement? Rooflines(PassportComparison comparison)
    {
        XElement[] figures = [.. comparison.Devices.Where(device => device.Passport.Bench is not null).Select(RooflineOf)];
        return figures.Length == 0 ? null : HtmlPage.Section(
            "Ops under their roofs",
            HtmlPage.Paragraph("""
                Operations a second over operations per byte; bytes count once. The roof is multiply-adds in registers and a copy
                much larger than the caches; dashed, data in the fastest cache. Operations other than multiply-adds reach half of
                the peak at most. Ops whose cases have no count of operations are left out.
                """),
            figures);
    }

    private static XElement RooflineOf(ComparedDevice device)
    {
        PassportBench bench = device.Passport.Bench!;
        Peak peak = new(bench.Gflops, bench.Gbs) { TensorGflops = bench.TensorGflops };
        Plot plot = Roofline.Plot(device.Title, peak, bench.Bandwidth.At(0), RooflinePoint.Of(device.Passport.Ops));

        // Ops without operations are in the table, and what the notes say of all ops is above.
        XElement figure = (plot with { Title = device.Title, Notes = [] })
            .Figure($"{Readable.Short(bench.Gflops)} GFLOP/s, {Readable.Short(bench.Gbs)} GB/s");
        figure.SetAttributeValue("class", "wide");
        return figure;
    }

    private static XElement? Table(PassportComparison comparison) => comparison.Ops.Count == 0 ? null : HtmlPage.Section(
        "All times",
        comparison.ShapesNote is { } note ? HtmlPage.Paragraph(note) : null,
        HtmlPage.Scroll(HtmlPage.Table(
            "plain",
            [
                "op", "shape", "direction",
                .. comparison.Devices.SelectMany(device => new[] { $"{device.Letter}, µs", "% of roof" }),
            ],
            comparison.Ops.Select(op => new object[] { op.Op, op.Shape, op.Direction }
                .Concat(comparison.Devices.SelectMany(
                    (_, i) => new[] { PassportTable.Micro(op, i), PassportTable.Percent(op, i) }))
                .ToArray()))));

    private static XElement? Kernels(PassportComparison comparison)
    {
        ComparedDevice[] known = [.. comparison.Devices.Where(device => device.Passport.Kernels.Rows.Count > 0)];
        return known.Length == 0 ? null : HtmlPage.Section("Kernels", known.Select(device => Markup.Element(
            "details",
            Markup.Element("summary", $"{device.Title}: {device.Passport.Kernels.Note}"),
            HtmlPage.Scroll(HtmlPage.Table(
                "plain", ["op", "kernel", "target", "registers", "shared B", "stack B", "spills B", "occupancy", "limit"],
                device.Passport.Kernels.Rows.Select(KernelCells))))));
    }

    private static object[] KernelCells(KernelRow row) =>
    [
        row.Op, row.Name, row.Target, Known(row.Registers), Known(row.SharedBytes), Known(row.StackBytes),
        Known(row.SpillBytes), KernelTable.OccupancyOf(row.Occupancy), row.Occupancy?.Limit ?? "-",
    ];

    private static string Known(int? number) => number is { } n ? $"{n}" : "-";

    private static XElement Letter(ComparedDevice device, int i) =>
        Markup.Element($"b.{Markup.Colour(i)}", $"{device.Letter} {device.Passport.Device.Name}");
}

using System.Globalization;
using System.Xml.Linq;

namespace Calm.Cli.Tests;

/// <summary>The report page: whole, self-contained, and unmoved by hostile text and numbers.</summary>
public sealed class ReportTests
{
    private const string Hostile = "<script>alert('x')</script> & \"</pre>\" ]]> \0\u001b[31m \u202e \ud800 \ufffe ünï 漢字 🙂";

    [Fact]
    public void Page_has_every_section_and_needs_nothing_else()
    {
        string page = Write(Whole());
        XElement html = Parse(page);
        Assert.Equal(6, html.Descendants("section").Count());
        Assert.Equal(5, html.Descendants("svg").Count());
        Assert.Equal(3, html.Descendants("dd").Count());
        Assert.Contains("27.35", page, StringComparison.Ordinal);
        Assert.Contains("26.01 to 28.40", page, StringComparison.Ordinal);
        Assert.Contains("99.96\u00a0%", page, StringComparison.Ordinal);
        Assert.All(
            ["<script", "src=", "href=", "url(", "@import", "http:", "https:", "//"],
            outside => Assert.DoesNotContain(outside, page, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Equal_data_makes_equal_pages() => Assert.Equal(Write(Whole()), Write(Whole()));

    [Fact]
    public void Parts_without_data_are_left_out()
    {
        XElement html = Parse(Write(Whole() with
        {
            Facts = [],
            Autoencoder = null,
            Brier = [],
            Curves = new LearningCurves(),
            Samples = [],
        }));
        Assert.Equal(["What this is"], html.Descendants("h2").Select(title => title.Value));
        Assert.Empty(html.Descendants("svg"));
    }

    [Fact]
    public void Hostile_text_stays_text()
    {
        DemoReport whole = Whole();
        string page = Write(whole with
        {
            Title = Hostile,
            Device = Hostile,
            Facts = [new ReportFact(Hostile, Hostile, Literal: true)],
            Brier = [whole.Brier[0] with { Name = Hostile }],
            Samples = [whole.Samples[0] with { Prompt = Hostile, Text = Hostile }],
        });
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        XElement html = Parse(page);
        string prompt = html.Descendants("span").Single(span => (string?)span.Attribute("class") == "prompt").Value;
        Assert.Equal("<script>alert('x')</script> & \"</pre>\" ]]> ␀␛[31m � � � ünï 漢字 🙂", prompt);
    }

    [Fact]
    public void Space_in_samples_is_kept()
    {
        string text = "  two\n\n\tthree   four\r\nfive ";
        DemoReport whole = Whole();
        XElement html = Parse(Write(whole with { Samples = [whole.Samples[0] with { Prompt = "one", Text = text }] }));
        Assert.Equal("one" + text.ReplaceLineEndings("\n"), html.Descendants("pre").Single().Value);
    }

    public static TheoryData<string, double[]> Series => new()
    {
        { "none", [] },
        { "one", [3.5] },
        { "level", [2, 2, 2, 2] },
        { "nought", [0, 0, 0] },
        { "negative", [-0.5, -3, -0.25] },
        { "tiny", [1e-300, 2e-300] },
        { "huge", [1e300, -1e300, 5] },
        { "not numbers", [double.NaN, double.PositiveInfinity, double.NegativeInfinity] },
        { "with gaps", [1, double.NaN, 2, 3, double.NaN, 4] },
    };

    [Theory]
    [MemberData(nameof(Series))]
    public void Any_numbers_can_be_drawn(string name, double[] values)
    {
        CurvePoint[] points = [.. values.Select((value, i) => new CurvePoint(i, new Estimate(value, value - 1, value + 1)))];
        DemoReport whole = Whole();
        LearningCurves curves = new()
        {
            AutoencoderLoss = points, AutoencoderAccuracy = points, CalmLoss = points, CalmBrierLm = points,
        };
        BrierRow[] rows = [.. values.Select(value => new BrierRow(name, Score(value, value, value)))];
        XElement html = Parse(Write(whole with { Curves = curves, Brier = rows }));
        foreach (XAttribute attribute in html.Descendants("svg").Descendants().Attributes())
        {
            Assert.DoesNotContain("NaN", attribute.Value, StringComparison.Ordinal);
            Assert.DoesNotContain("∞", attribute.Value, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_line_goes_through_its_points_and_breaks_where_there_is_none()
    {
        double[] values = [1, 2, double.NaN, 3, 4];
        XElement figure = LearningCurve.Figure(
            "title", "value", logarithmicSteps: false,
            LearningCurve.Series("line", [.. values.Select((value, i) => new CurvePoint(i, Estimate.Exact(value)))]));
        string[] paths = [.. figure.Descendants("path").Select(path => path.Attribute("d")!.Value)];
        Assert.Equal(2, paths.Length);
        double[][] y = [.. paths.Select(path => Points(path).Select(point => point.Y).ToArray())];
        Assert.True(y[0][0] > y[0][1] && y[0][1] > y[1][0] && y[1][0] > y[1][1], "larger values lie higher");
        Assert.Equal(y[0][0] - y[0][1], y[1][0] - y[1][1], 0.011);
        Assert.Equal("4 at step 4", figure.Descendants("span").Single().Value);
    }

    [Theory]
    [InlineData(0, 1, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [InlineData(-3, 7, new[] { -4.0, -2, 0, 2, 4, 6, 8 })]
    [InlineData(12, 13, new[] { 12, 12.2, 12.4, 12.6, 12.8, 13 })]
    public void Ticks_are_round(double low, double high, double[] expected)
    {
        IReadOnlyList<double> ticks = Axis.Linear([low, high], 5, endAtTicks: true).Ticks;
        Assert.Equal(expected.Length, ticks.Count);
        Assert.All(expected.Zip(ticks), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    [Theory]
    [InlineData(1, "100.00\u00a0%")]
    [InlineData(0.99999, "99.999\u00a0%")]
    [InlineData(0.5, "50.00\u00a0%")]
    [InlineData(double.NaN, "–")]
    public void What_is_not_all_is_not_rounded_to_all(double share, string expected) =>
        Assert.Equal(expected, Readable.Percent(share));

    [Theory]
    [InlineData(0.0123, "12.3\u00a0ms")]
    [InlineData(59.96, "1\u00a0min 0\u00a0s")]
    [InlineData(301, "5\u00a0min 1\u00a0s")]
    [InlineData(7260, "2\u00a0h 1\u00a0min")]
    [InlineData(-1, "–")]
    public void Times_have_the_units_that_fit(double seconds, string expected) =>
        Assert.Equal(expected, Readable.Duration(seconds));

    [Fact]
    public void Zero_has_no_sign()
    {
        Assert.Equal("0.0000", Readable.Fixed(-0.00004, 4));
        Assert.Equal("-0.0001", Readable.Fixed(-0.00006, 4));
        Assert.Equal("-1,000", Readable.Fixed(-1000, 0));
        Assert.Equal("0", Readable.Fixed(-0.2, 0));
        Assert.Equal("0", Readable.Short(-0.0));
        Assert.Equal("-4e-5", Readable.Short(-0.00004));
        Assert.Equal(
            "0.0000 (0.0000 to 0.0000)", Conclusion.Describe(new Estimate(-1e-9, -2e-9, -5e-10).Times(100), 4));
    }

    private static DemoReport Whole() => new()
    {
        Title = "A page",
        Date = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Device = "host",
        Seconds = 300,
        Facts = [new ReportFact("Seed", "1")],
        Autoencoder = new AutoencoderAccuracy(0.99961, 0.9995, 0.998, 0.3, 2.5, 64, 10_000),
        Brier = [new BrierRow("CALM", Score(0.2735, 0.2601, 0.284)), new BrierRow("bigram counts", Score(0.0142, 0.0135, 0.015))],
        Curves = new LearningCurves
        {
            AutoencoderLoss = [new(1, Estimate.Exact(5)), new(10, Estimate.Exact(1))],
            AutoencoderAccuracy = [new(100, Estimate.Exact(0.9)), new(200, Estimate.Exact(0.99))],
            CalmLoss = [new(1, Estimate.Exact(10)), new(100, Estimate.Exact(7))],
            CalmBrierLm = [new(50, new(0.1, 0.09, 0.11)), new(100, new(0.2, 0.19, 0.21))],
        },
        Samples = [new ReportSample("Gets the ", "1/2", 200, 7, "value of the elements.", 0.02)],
    };

    private static BrierTotals.Result Score(double value, double low, double high) =>
        new([0.5, 0.3, 0.2, 0.1], value, low, high, 1000, 20);

    private static string Write(DemoReport report)
    {
        using StringWriter writer = new(CultureInfo.InvariantCulture);
        HtmlReport.Write(report, writer);
        return writer.ToString();
    }

    private static XElement Parse(string page)
    {
        const string type = "<!DOCTYPE html>\n";
        Assert.StartsWith(type, page, StringComparison.Ordinal);
        return XElement.Parse(page[type.Length..], LoadOptions.PreserveWhitespace);
    }

    private static IEnumerable<(double X, double Y)> Points(string path) =>
        from point in path[1..].Split('L')
        let parts = point.Split(' ')
        select (double.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture));
}

using System.Xml.Linq;

namespace Calm.Cli.Tests;

/// <summary>The page of compared passports, which others have written.</summary>
public sealed class PassportPageTests
{
    private const string Hostile = "<script>alert('x')</script> & \"</svg>\" ]]> \0\u001b[31m \u202e 漢字";

    [Fact]
    public void Page_has_every_section_and_needs_nothing_else()
    {
        (string page, XElement html) = Page(PassportTests.Made(), PassportTests.Made());
        Assert.Equal(
            ["Devices", "Right to the bit", "Times", "Bandwidth", "Ops under their roofs", "All times"],
            html.Descendants("h2").Select(title => title.Value));
        Assert.Equal(4, html.Descendants("svg").Count());
        Assert.All(
            ["<script", "src=", "href=", "url(", "@import", "http:", "https:", "//"],
            outside => Assert.DoesNotContain(outside, page, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_device_without_times_has_facts_alone()
    {
        Passport bare = PassportTests.Made() with { Bench = null, Ops = [] };
        (_, XElement html) = Page(bare);
        Assert.Equal(["Devices", "Right to the bit"], html.Descendants("h2").Select(title => title.Value));
        (_, html) = Page(bare, PassportTests.Made());
        XElement dot = html.Descendants("circle").First(circle => circle.Value.StartsWith("B: ", StringComparison.Ordinal));
        Assert.Equal("dot c1", (string?)dot.Attribute("class"));
    }

    [Fact]
    public void Hostile_names_stay_text()
    {
        Passport made = PassportTests.Made();
        Passport hostile = made with
        {
            Machine = made.Machine with { Cpu = Hostile, Os = Hostile, Commit = Hostile },
            Device = made.Device with
            {
                Name = Hostile,
                Description = Hostile,
                Capabilities = new Dictionary<string, string> { [Hostile] = Hostile },
            },
            Verified = made.Verified with { Failures = [Hostile], Worst = [new PassportError(Hostile, null, 1)] },
            Ops = [.. made.Ops.Select(row => row with { Name = Hostile + row.Name, Shape = Hostile })],
            Kernels = new PassportKernels(
                "sm_90", Hostile, [new KernelRow(Hostile, Hostile, "tiled", "sm_90", 32, 0, 0, 0, 0)]),
            Remarks = [Hostile],
        };
        (string page, XElement html) = Page(hostile, made);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains(
            html.Descendants("td"), cell => cell.Value.Contains("<script>alert('x')</script>", StringComparison.Ordinal));
        Assert.Empty(html.Descendants("script"));
        Assert.DoesNotContain('\u202e', page);
        Assert.DoesNotContain('\u001b', page);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    public void Extreme_numbers_are_drawn_or_left_out(double value)
    {
        Passport made = PassportTests.Made();
        (string page, _) = Page(made with
        {
            Ops = [.. made.Ops.Select(row => row with { SecondsMedian = value, Gflops = value, OperationsPerByte = value })],
        });
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", page, StringComparison.Ordinal);
    }

    private static (string Text, XElement Html) Page(params Passport[] passports)
    {
        using StringWriter writer = new();
        PassportPage.Write(writer, PassportComparison.Of([.. passports.Select((one, i) => ($"{i}.json", one))]));
        string page = writer.ToString();
        return (page, XElement.Parse(page[page.IndexOf("<html", StringComparison.Ordinal)..]));
    }
}

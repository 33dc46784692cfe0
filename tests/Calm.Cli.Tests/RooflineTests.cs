using System.Globalization;
using System.Xml.Linq;
using Calm.Kernels;

namespace Calm.Cli.Tests;

/// <summary>The plot of <c>calm bench --roofline</c>.</summary>
public sealed class RooflineTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Bench_draws_the_ops_that_it_timed()
    {
        string file = _run["roofline.svg"];
        TinyRun.Succeeds(
            "bench", "--device", "host", "--op", "RmsNorm", "--step", "none", "--seconds", "0.001", "--roofline", file);
        XElement picture = XElement.Load(file);
        Assert.Equal("http://www.w3.org/2000/svg", picture.Name.NamespaceName);
        Assert.Single(Named(picture, "name"), label => label.Value == "RmsNorm");
        Assert.Contains(Named(picture, "dot c0"), dot => dot.Value.StartsWith("RmsNorm forward: ", StringComparison.Ordinal));
        Assert.Contains(Named(picture, "ring c1"), dot => dot.Value.StartsWith("RmsNorm backward: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Roofs_meet_at_peak_over_bandwidth_and_what_has_no_operations_is_a_note()
    {
        XElement picture = Roofline.Plot(
            "here", new Peak(100, 10), 50,
            [new("Add", true, 1, 10, 10), new("Copy", true, 0, 0, 7), new("Multiply", true, 100, 90, 1)])
            .Draw();
        double[][] roof = Corners(Named(picture, "guide").Single());
        double[][] dashed = Corners(Named(picture, "guide dashed").Single());
        Assert.Equal(roof[1][1], dashed[1][1]);
        Assert.True(dashed[1][0] < roof[1][0]);
        XElement add = Named(picture, "dot c0").Single(dot => dot.Value.StartsWith("Add", StringComparison.Ordinal));
        Assert.InRange(Number(add, "cx") - roof[0][0], 0, roof[1][0]);
        Assert.Contains("Copy forward, 7 GB/s", picture.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(Named(picture, "name"), label => label.Value == "Copy");
    }

    [Fact]
    public void Names_do_not_cover_each_other()
    {
        LabelPlaces places = new(0, 0, 400, 400);
        LabelPlaces.Place[] found = [.. Enumerable.Range(0, 12).Select(_ => places.Find(200, 200, "name"))];
        Assert.Equal(found.Length, found.Distinct().Count());
        Assert.False(found[0].IsFar);
        Assert.True(found[^1].IsFar);
    }

    private static IEnumerable<XElement> Named(XElement picture, string style) =>
        picture.Descendants().Where(element => (string?)element.Attribute("class") == style);

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static double[][] Corners(XElement path) =>
        [.. path.Attribute("d")!.Value[1..].Split('L').Select(corner => corner.Split(' ')
            .Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray())];
}

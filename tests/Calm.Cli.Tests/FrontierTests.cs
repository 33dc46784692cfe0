using System.Xml.Linq;

namespace Calm.Cli.Tests;

/// <summary>The plot of quality against cost.</summary>
public sealed class FrontierTests
{
    [Fact]
    public void The_frontier_holds_what_nothing_as_cheap_exceeds()
    {
        FrontierPoint[] points = [At(4, 3), At(1, 1), At(2, 0.5), At(2, 2), At(3, 2), At(8, 3), At(16, 3.5)];
        Assert.Equal([At(1, 1), At(2, 2), At(4, 3), At(16, 3.5)], Frontier.Of(points));
    }

    [Theory]
    [InlineData(1e8)]
    [InlineData(1e15)]
    [InlineData(3.7e20)]
    public void Points_names_and_intervals_are_drawn_at_any_scale(double flops)
    {
        Plot chart = Frontier.Plot("Title", "BrierLM", [
            new FrontierSeries("one <run>", [At(flops, 5), new FrontierPoint(2 * flops, new Estimate(7, 6, 8))]),
            new FrontierSeries("another", [At(3 * flops, 4)]),
        ]);
        XElement picture = chart.Draw();
        XElement[] dots = [.. picture.Descendants().Where(e => e.Name.LocalName == "circle")];
        double[] places = [.. dots.Select(dot => (double)dot.Attribute("cx")!)];
        Assert.Equal(3, places.Distinct().Count());
        Assert.True(places[0] < places[1] && places[1] < places[2]);
        string[] texts = [.. picture.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        Assert.Contains("one <run>", texts);
        Assert.Contains("another", texts);
        Assert.Equal(3, picture.Descendants().Count(e => (string?)e.Attribute("class") == "bar c0"));
        Assert.DoesNotContain("NaN", picture.ToString(), StringComparison.Ordinal);
    }

    private static FrontierPoint At(double flops, double value) => new(flops, Estimate.Exact(value));
}

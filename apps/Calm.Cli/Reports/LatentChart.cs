using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>A latent's divergence by dimension, and how many tokens come back from perturbed latents.</summary>
/// <param name="Report">What was measured.</param>
/// <param name="Name">What it was measured on, for the heading.</param>
/// <param name="Floor">The floor of the divergence in training, in nats.</param>
internal sealed record LatentChart(LatentReport Report, string Name, double Floor)
{
    private const double Width = 900;
    private const double Height = 320;
    private const double Top = 64;
    private const double Bottom = Height - 46;
    private const double PanelWidth = 380;
    private const double Left = 52;
    private const double LeftOfSecond = Left + PanelWidth + 70;

    /// <summary>Writes the chart as a picture of its own.</summary>
    /// <exception cref="Calm.Runtime.CalmException">The file cannot be written.</exception>
    public void Write(string path) =>
        SafeFile.Write(path, stream => Draw().Save(stream, SaveOptions.DisableFormatting));

    /// <summary>The chart.</summary>
    public XElement Draw() => Markup.Picture(
        Width, Height, $"Latents of {Name}", PictureStyle.Sheet,
        Markup.Label(Left, 26, Readable.Text($"Latents of {Name}"), "title"),
        Divergence(), Accuracy());

    /// <summary>A bar a dimension, from the greatest to the least, with the floor as a line.</summary>
    private IEnumerable<XElement> Divergence()
    {
        double[] kl = [.. Report.Kl.OrderDescending()];
        Axis up = Axis.Linear([.. kl, Floor, 0], 5, endAtTicks: true);
        double step = PanelWidth / kl.Length;
        double zero = up.Place(0, Bottom, Top);
        yield return Markup.Label(Left, Top - 14, "KL of each dimension, nats; dashed: the floor in training", "tick");
        foreach (XElement line in Frame(up, Left))
        {
            yield return line;
        }

        for (int i = 0; i < kl.Length; i++)
        {
            double x = Left + (i + 0.1) * step;
            double y = up.Place(kl[i], Bottom, Top);
            double right = x + 0.8 * step;
            yield return Markup.Path([(x, zero), (x, y), (right, y), (right, zero)], closed: true, "forward");
        }

        double floor = up.Place(Floor, Bottom, Top);
        yield return Markup.Path([(Left, floor), (Left + PanelWidth, floor)], closed: false, "roof dashed");
        yield return Markup.Label(Left + PanelWidth / 2, Bottom + 34, "dimensions, greatest first", "tick middle");
    }

    private IEnumerable<XElement> Accuracy()
    {
        Axis up = Axis.Linear([.. Report.Perturbation.Select(p => 100 * p.Accuracy), 100], 5, endAtTicks: true);
        Axis across = Axis.Linear(Report.Perturbation.Select(p => p.Sigma), 5, endAtTicks: true);
        yield return Markup.Label(LeftOfSecond, Top - 14, "Tokens that come back, %", "tick");
        foreach (XElement line in Frame(up, LeftOfSecond))
        {
            yield return line;
        }

        foreach (double tick in across.Ticks)
        {
            yield return Markup.Label(
                across.Place(tick, LeftOfSecond, LeftOfSecond + PanelWidth), Bottom + 18, across.Label(tick), "tick middle");
        }

        (double X, double Y)[] points =
        [
            .. Report.Perturbation.Select(p => (
                across.Place(p.Sigma, LeftOfSecond, LeftOfSecond + PanelWidth), up.Place(100 * p.Accuracy, Bottom, Top))),
        ];
        yield return Markup.Path(points, closed: false, "roof");
        for (int i = 0; i < points.Length; i++)
        {
            (double sigma, double accuracy) = Report.Perturbation[i];
            yield return Markup.Dot(
                points[i].X, points[i].Y, 4, "forward", $"{Readable.Fixed(sigma, 1)}: {Readable.Percent(accuracy)}");
        }

        yield return Markup.Label(
            LeftOfSecond + PanelWidth / 2, Bottom + 34, "deviation of the noise on the latent", "tick middle");
    }

    private static IEnumerable<XElement> Frame(Axis up, double left)
    {
        foreach (double tick in up.Ticks)
        {
            double y = up.Place(tick, Bottom, Top);
            yield return Markup.Line(left, y, left + PanelWidth, y, "grid");
            yield return Markup.Label(left - 8, y + 4, up.Label(tick), "tick end");
        }

        yield return Markup.Line(left, Bottom, left + PanelWidth, Bottom, "axis");
    }
}

namespace Calm.Cli;

/// <summary>Plots of an autoencoder's latents.</summary>
internal static class LatentPlots
{
    private const double Width = 450;
    private const double Height = 320;

    /// <summary>Two plots: the KL divergence of each dimension, and the accuracy of decoding perturbed latents.</summary>
    /// <param name="report">The measurements.</param>
    /// <param name="name">Name of the run, for the title.</param>
    /// <param name="floor">The floor of the KL divergence in training, in nats.</param>
    public static Plot[] Of(LatentReport report, string name, double floor)
    {
        int dimensions = report.Kl.Length;
        return
        [
            new Plot(
                Readable.Text($"Latents of {name}"), "dimensions, largest first",
                "KL of each dimension, nats; dashed: the floor in training",
                [
                    new PlotSeries(
                        "KL", [.. report.Kl.OrderDescending().Select((kl, i) => new PlotPoint(i + 1, Estimate.Exact(kl), ""))],
                        Joined: false)
                    {
                        Mark = PlotMark.Column,
                    },
                ])
            {
                Width = Width,
                Height = Height,
                Guides = [new PlotGuide([(0.5, floor), (dimensions + 0.5, floor)], "guide dashed")],
            },
            new Plot(
                "", "standard deviation of the noise on the latent", "Tokens decoded correctly, %",
                [
                    new PlotSeries("accuracy",
                    [
                        .. report.Perturbation.Select(p => new PlotPoint(
                            p.Sigma, Estimate.Exact(100 * p.Accuracy),
                            $"{Readable.Fixed(p.Sigma, 1)}: {Readable.Percent(p.Accuracy)}")),
                    ]),
                ])
            {
                Width = Width,
                Height = Height,
                Cover = [(report.Perturbation[0].Sigma, 100)],
            },
        ];
    }
}

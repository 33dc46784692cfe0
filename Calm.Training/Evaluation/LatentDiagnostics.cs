using Calm.Runtime;

namespace Calm.Training;

/// <summary>What an autoencoder's latent is made of, on held-out text.</summary>
/// <param name="Kl">Mean divergence of each dimension from the standard normal distribution, in nats, [L].</param>
/// <param name="Variance">Variance over patches of each dimension's mean, [L].</param>
/// <param name="Perturbation">Share of tokens that come back from the mean plus Gaussian noise, by its deviation.</param>
/// <param name="Tokens">Tokens looked at.</param>
internal sealed record LatentReport(
    double[] Kl, double[] Variance, IReadOnlyList<(double Sigma, double Accuracy)> Perturbation, long Tokens)
{
    /// <summary>
    /// Variance above which a dimension counts as active. Source: Burda, Grosse and Salakhutdinov 2016, arXiv:1509.00519,
    /// section 5: a dimension that does not vary with its input carries nothing.
    /// </summary>
    public const double LeastVariance = 0.01;

    /// <summary>Dimensions whose divergence lies above a threshold, in nats.</summary>
    public int AboveKl(double threshold) => Kl.Count(kl => kl > threshold);

    /// <summary>Dimensions whose mean varies with the patch.</summary>
    public int Active => Variance.Count(variance => variance > LeastVariance);
}

/// <summary>Measures the latents of an autoencoder, without any dropout.</summary>
internal sealed class LatentDiagnostics(Autoencoder model, Device device)
{
    private const int PatchesAtOnce = 512;

    /// <summary>Deviations of the noise: 0, 0.1, ..., 1.</summary>
    public static IReadOnlyList<double> Sigmas { get; } = [.. Enumerable.Range(0, 11).Select(i => i / 10.0)];

    /// <summary>Looks at the patches of some windows.</summary>
    public LatentReport Measure(HeldOutWindows windows)
    {
        using Tape tape = new(device, recording: false);
        int size = model.Config.LatentSize;
        double[] kl = new double[size];
        double[] sum = new double[size];
        double[] squares = new double[size];
        long[] right = new long[Sigmas.Count];
        long tokens = 0;
        int together = Math.Max(1, PatchesAtOnce / windows.Patches);
        for (int window = 0; window < windows.Count; window += together)
        {
            tape.Reset();
            int[] ids = windows.Read(window, Math.Min(together, windows.Count - window));
            int patches = ids.Length / model.Config.PatchSize;
            (Tensor mean, Tensor logStd) =
                model.Encode(tape, tape.From(ids, new Shape(patches, model.Config.PatchSize)));
            float[] means = mean.ToArray();
            AutoencoderEvaluator.AddKl(kl, means, logStd.ToArray());
            AddMoments(sum, squares, means);
            Tensor rows = tape.From([.. Enumerable.Range(0, patches)], new Shape(patches));
            for (int i = 0; i < right.Length; i++)
            {
                Tensor perturbed = AutoencoderEvaluator.Perturb(tape, mean, rows, Sigmas[i], (uint)window);
                right[i] += AutoencoderEvaluator.CountEqual(model.DecodeTokens(tape, perturbed).ToIntegerArray(), ids);
            }

            tokens += ids.Length;
        }

        double count = (double)tokens / model.Config.PatchSize;
        return new LatentReport(
            [.. kl.Select(value => value / count)],
            [.. sum.Zip(squares, (s, q) => q / count - s / count * (s / count))],
            [.. Sigmas.Zip(right, (sigma, hits) => (sigma, (double)hits / tokens))], tokens);
    }

    private static void AddMoments(double[] sum, double[] squares, float[] means)
    {
        for (int i = 0; i < means.Length; i++)
        {
            sum[i % sum.Length] += means[i];
            squares[i % sum.Length] += (double)means[i] * means[i];
        }
    }
}

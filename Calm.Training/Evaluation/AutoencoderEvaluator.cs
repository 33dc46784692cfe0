using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The accuracy of decoding latents, as shares of tokens.</summary>
/// <param name="Mean">From the mean of the latent.</param>
/// <param name="Sampled">From a draw of the latent.</param>
/// <param name="Perturbed">From the mean plus Gaussian noise of <paramref name="Sigma"/>.</param>
/// <param name="Sigma">Standard deviation of that noise.</param>
/// <param name="Loss">Cross-entropy of a token, from the mean.</param>
/// <param name="ActiveDimensions">Latent dimensions whose mean varies, see <see cref="LatentReport"/>.</param>
/// <param name="Tokens">Tokens looked at.</param>
internal sealed record AutoencoderAccuracy(
    double Mean, double Sampled, double Perturbed, double Sigma, double Loss, int ActiveDimensions, long Tokens);

/// <summary>Measures an autoencoder on held-out text, without any dropout.</summary>
internal sealed class AutoencoderEvaluator(Autoencoder model, Device device)
{
    /// <summary>Default standard deviation of the noise.</summary>
    public const double Sigma = 0.3;

    private const int PatchesAtOnce = 512;
    private const ulong Seed = 4711;

    /// <summary>Measures the accuracy on some windows.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="progress">Receives the share that is done.</param>
    public AutoencoderAccuracy Measure(HeldOutWindows windows, IProgress<double>? progress = null)
    {
        LatentReport report = Inspect(windows, [Sigma], progress);
        return new AutoencoderAccuracy(
            report.Mean.Share, report.Sampled.Share, report.Perturbation[0].Accuracy, Sigma, report.Loss, report.Active,
            report.Tokens);
    }

    /// <summary>Measures the latents of some windows in detail.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="sigmas">Standard deviations of the noise added to means; 0 for none.</param>
    /// <param name="progress">Receives the share that is done.</param>
    public LatentReport Inspect(
        HeldOutWindows windows, IReadOnlyList<double> sigmas, IProgress<double>? progress = null)
    {
        using Tape tape = new(device, recording: false);
        LatentMoments moments = new(model.Config.LatentSize);
        RecoveredTokens[] kinds = [.. Enumerable.Range(0, 2 + sigmas.Count).Select(_ => new RecoveredTokens())];
        int patchSize = model.Config.PatchSize;
        int together = Math.Max(1, PatchesAtOnce / windows.Patches);
        double loss = 0;
        for (int window = 0; window < windows.Count; window += together)
        {
            tape.Reset();
            progress?.Report((double)window / windows.Count);
            int[] ids = windows.Read(window, Math.Min(together, windows.Count - window));
            int patches = ids.Length / patchSize;
            Tensor rows = tape.FromIntegers([.. Enumerable.Range(0, patches)], new Shape(patches));
            (Tensor mean, Tensor logStd) = model.Encode(tape, tape.FromIntegers(ids, new Shape(patches, patchSize)));
            moments.Add(mean.ToArray(), logStd.ToArray());
            loss += ids.Length * (double)CrossEntropyOf(tape, mean, ids);
            Count(kinds[0], mean);
            Count(kinds[1], Reparameterise.Apply(
                tape, mean, logStd, rows, RandomStreams.EvaluationNoise(Seed, (uint)window)));
            for (int i = 0; i < sigmas.Count; i++)
            {
                Count(kinds[2 + i], Perturb(tape, mean, rows, sigmas[i], (uint)window));
            }

            void Count(RecoveredTokens recovered, Tensor latents)
            {
                int[] got = model.DecodeTokens(tape, latents).ToIntegerArray();
                for (int patch = 0; patch < patches; patch++)
                {
                    recovered.Add(
                        windows.Unit(window + patch / windows.Patches, patch % windows.Patches),
                        got.AsSpan(patch * patchSize, patchSize), ids.AsSpan(patch * patchSize, patchSize));
                }
            }
        }

        return new LatentReport(
            moments.Kl, moments.Variance, loss / kinds[0].Count, kinds[0], kinds[1], [.. sigmas.Zip(kinds[2..])]);
    }

    /// <summary>Latents plus Gaussian noise, the same numbers for every deviation.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="mean">[N, L].</param>
    /// <param name="rows">Number of each row within its batch, int [N].</param>
    /// <param name="sigma">Standard deviation of the noise; with 0 the result is <paramref name="mean"/> itself.</param>
    /// <param name="window">The first window of the batch.</param>
    private static Tensor Perturb(Tape tape, Tensor mean, Tensor rows, double sigma, uint window)
    {
        if (sigma == 0)
        {
            return mean;
        }

        float[] spread = new float[mean.Count];
        Array.Fill(spread, (float)Math.Log(sigma));
        return Reparameterise.Apply(
            tape, mean, tape.From(spread, mean.Shape), rows, RandomStreams.Perturbation(Seed, window));
    }

    private float CrossEntropyOf(Tape tape, Tensor latent, int[] ids) =>
        VocabularyCrossEntropy.Apply(
            tape, model.Decode(tape, latent), model.TokenTable, tape.FromIntegers(ids, new Shape(ids.Length))).ToArray()[0];
}

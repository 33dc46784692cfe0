using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>How well patches come back from their latents, as shares of tokens.</summary>
/// <param name="Mean">From the mean of the latent.</param>
/// <param name="Sampled">From a draw of the latent.</param>
/// <param name="Perturbed">From the mean plus Gaussian noise of <paramref name="Sigma"/>.</param>
/// <param name="Sigma">Standard deviation of that noise.</param>
/// <param name="Loss">Cross-entropy of a token, from the mean.</param>
/// <param name="ActiveDimensions">Latent dimensions whose mean KL divergence lies above the floor.</param>
/// <param name="Tokens">Tokens looked at.</param>
internal sealed record AutoencoderAccuracy(
    double Mean, double Sampled, double Perturbed, double Sigma, double Loss, int ActiveDimensions, long Tokens);

/// <summary>Measures an autoencoder on held-out text, without any dropout.</summary>
internal sealed class AutoencoderEvaluator(Autoencoder model, Device device, double sigma = 0.3)
{
    private const int PatchesAtOnce = 512;
    private const ulong Seed = 4711;

    /// <summary>Looks at the patches of some windows.</summary>
    public AutoencoderAccuracy Measure(HeldOutWindows windows)
    {
        using Tape tape = new(device, recording: false);
        int patchSize = model.Config.PatchSize;
        int together = Math.Max(1, PatchesAtOnce / windows.Patches);
        long[] right = new long[3];
        long tokens = 0;
        double loss = 0;
        double[] kl = new double[model.Config.LatentSize];
        for (int window = 0; window < windows.Count; window += together)
        {
            tape.Reset();
            int[] ids = windows.Read(window, Math.Min(together, windows.Count - window));
            int patches = ids.Length / patchSize;
            Tensor rows = tape.From([.. Enumerable.Range(0, patches)], new Shape(patches));
            (Tensor mean, Tensor logStd) = model.Encode(tape, tape.From(ids, new Shape(patches, patchSize)));
            Tensor sampled = Reparameterise.Apply(
                tape, mean, logStd, rows, RandomStreams.EvaluationNoise(Seed, (uint)window));
            Tensor perturbed = Perturb(tape, mean, rows, sigma, (uint)window);
            Tensor[] latents = [mean, sampled, perturbed];
            for (int kind = 0; kind < latents.Length; kind++)
            {
                right[kind] += CountEqual(model.DecodeTokens(tape, latents[kind]).ToIntegerArray(), ids);
            }

            loss += ids.Length * (double)CrossEntropyOf(tape, mean, ids);
            AddKl(kl, mean.ToArray(), logStd.ToArray());
            tokens += ids.Length;
        }

        double all = tokens;
        double perDimension = all / patchSize;
        return new AutoencoderAccuracy(
            right[0] / all, right[1] / all, right[2] / all, sigma, loss / all,
            kl.Count(sum => sum / perDimension > model.Config.KlClamp), tokens);
    }

    /// <summary>Latents plus Gaussian noise, the same numbers for every deviation.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="mean">[N, L].</param>
    /// <param name="rows">Number of each row within its batch, int [N].</param>
    /// <param name="sigma">Standard deviation of the noise; with 0 the result is <paramref name="mean"/> itself.</param>
    /// <param name="window">The first window of the batch.</param>
    internal static Tensor Perturb(Tape tape, Tensor mean, Tensor rows, double sigma, uint window)
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
            tape, model.Decode(tape, latent), model.TokenTable, tape.From(ids, new Shape(ids.Length))).ToArray()[0];

    /// <summary>At how many places two arrays agree.</summary>
    internal static long CountEqual(int[] got, int[] want)
    {
        long equal = 0;
        for (int i = 0; i < want.Length; i++)
        {
            equal += got[i] == want[i] ? 1 : 0;
        }

        return equal;
    }

    /// <summary>Adds the divergence of each row's components from the standard normal distribution.</summary>
    /// <param name="kl">Sums, [L].</param>
    /// <param name="mean">[N, L].</param>
    /// <param name="logStd">[N, L].</param>
    internal static void AddKl(double[] kl, float[] mean, float[] logStd)
    {
        for (int i = 0; i < mean.Length; i++)
        {
            kl[i % kl.Length] += 0.5 * (mean[i] * (double)mean[i] + Math.Exp(2.0 * logStd[i]) - 1 - 2.0 * logStd[i]);
        }
    }
}

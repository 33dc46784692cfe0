namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class DiffusionLoss
{
    /// <param name="output">[e, v] of each row.</param>
    /// <param name="meanNoise">The e of which the reverse step's mean is made: the same numbers, held still.</param>
    /// <param name="noise">[R, L].</param>
    /// <param name="latents">[R, L].</param>
    /// <param name="columns">L.</param>
    /// <param name="constants">[R, 6].</param>
    internal static double[] Reference(
        double[] output, double[] meanNoise, double[] noise, double[] latents, int columns, double[] constants)
    {
        double loss = 0;
        for (int i = 0; i < noise.Length; i++)
        {
            int row = i / columns;
            int c = i % columns;
            double[] k = constants[(row * 6)..(row * 6 + 6)];
            double e = output[row * 2 * columns + c];
            double w = (output[(row * 2 + 1) * columns + c] + 1) / 2;
            double logVariance = w * k[4] + (1 - w) * k[3];
            double error = k[2] * (meanNoise[i] - noise[i]);
            double nats = k[5] != 0
                ? -Math.Log(Math.Max(1e-12, Probability(latents[i], error, Math.Exp(-0.5 * logVariance))))
                : 0.5 * (-1 + logVariance - k[3] + Math.Exp(k[3] - logVariance) + error * error * Math.Exp(-logVariance));
            loss += ((e - noise[i]) * (e - noise[i]) + nats / Math.Log(2)) / noise.Length;
        }

        return [loss];
    }

    private static double Probability(double latent, double error, double precision)
    {
        double upper = precision * (error + 1.0 / 255);
        double lower = precision * (error - 1.0 / 255);
        return latent < -0.999 ? Normal(upper)
            : latent > 0.999 ? Normal(-lower) // 1 - Normal(lower)
            : error > 0 ? Normal(-lower) - Normal(-upper)
            : Normal(upper) - Normal(lower);
    }

    private static double Normal(double z) =>
        1 / (1 + Math.Exp(-2 * Math.Sqrt(2 / Math.PI) * (z + 0.044715 * z * z * z)));
}

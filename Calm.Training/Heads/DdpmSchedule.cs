using Calm.Kernels;

namespace Calm.Training;

/// <summary>
/// The constants of a diffusion, step by step, in double. Sources: Ho, Jain and Abbeel 2020, arXiv:2006.11239, equations 6
/// and 7; Nichol and Dhariwal 2021, arXiv:2102.09672, equation 17 (the cosine schedule) and section 4 (fewer steps).
/// </summary>
internal sealed class DdpmSchedule
{
    private const double Offset = 0.008;
    private const double GreatestBeta = 0.999;

    private DdpmSchedule(double[] betas, int[] times)
    {
        Betas = betas;
        Times = times;
        Cumulative = new double[betas.Length];
        LogMin = new double[betas.Length];
        LogMax = [.. betas.Select(beta => Math.Log(beta))];
        LatentFactor = new double[betas.Length];
        NoisyFactor = new double[betas.Length];
        double before = 1;
        for (int i = 0; i < betas.Length; i++)
        {
            double after = before * (1 - betas[i]);
            Cumulative[i] = after;
            LogMin[i] = Math.Log(betas[i] * (1 - before) / (1 - after));
            LatentFactor[i] = betas[i] * Math.Sqrt(before) / (1 - after);
            NoisyFactor[i] = (1 - before) * Math.Sqrt(1 - betas[i]) / (1 - after);
            before = after;
        }

        LogMin[0] = LogMin[1]; // the first step's posterior has no variance
    }

    /// <summary>Variance of the noise that a step adds.</summary>
    public double[] Betas { get; }

    /// <summary>Product of 1 - beta up to and with a step.</summary>
    public double[] Cumulative { get; }

    /// <summary>Logarithm of the posterior's variance.</summary>
    public double[] LogMin { get; }

    /// <summary>Logarithm of beta.</summary>
    public double[] LogMax { get; }

    /// <summary>Factor of the latent in the posterior's mean.</summary>
    public double[] LatentFactor { get; }

    /// <summary>Factor of the noisy latent in the posterior's mean.</summary>
    public double[] NoisyFactor { get; }

    /// <summary>The training time of each step, which the net takes as its input.</summary>
    public int[] Times { get; }

    /// <summary>The cosine schedule.</summary>
    public static DdpmSchedule Cosine(int steps)
    {
        double[] betas =
        [
            .. Enumerable.Range(0, steps)
                .Select(i => Math.Min(1 - Left((i + 1.0) / steps) / Left((double)i / steps), GreatestBeta)),
        ];
        return new DdpmSchedule(betas, [.. Enumerable.Range(0, steps)]);

        static double Left(double u) => Math.Pow(Math.Cos((u + Offset) / (1 + Offset) * Math.PI / 2), 2);
    }

    /// <summary>The same diffusion in fewer, evenly spaced steps, which include the first and the last.</summary>
    public DdpmSchedule Respaced(int steps)
    {
        int[] times = new int[steps];
        double[] betas = new double[steps];
        double stride = (Betas.Length - 1.0) / (steps - 1);
        double place = 0;
        double before = 1;
        for (int i = 0; i < steps; i++)
        {
            times[i] = (int)Math.Round(place); // halves to even, and the stride added up, as published
            betas[i] = 1 - Cumulative[times[i]] / before;
            before = Cumulative[times[i]];
            place += stride;
        }

        return new DdpmSchedule(betas, times);
    }

    /// <summary>The constants of every step for training; <see cref="DiffusionConstants"/> names the columns.</summary>
    public float[] Constants()
    {
        float[] table = new float[Betas.Length * DiffusionConstants.Count];
        for (int i = 0; i < Betas.Length; i++)
        {
            Span<float> row = table.AsSpan(i * DiffusionConstants.Count, DiffusionConstants.Count);
            row[DiffusionConstants.Signal] = (float)Math.Sqrt(Cumulative[i]);
            row[DiffusionConstants.Noise] = (float)Math.Sqrt(1 - Cumulative[i]);
            row[DiffusionConstants.Gap] = (float)(LatentFactor[i] * NoiseToSignal(i));
            row[DiffusionConstants.LogMin] = (float)LogMin[i];
            row[DiffusionConstants.LogMax] = (float)LogMax[i];
            row[DiffusionConstants.IsFirst] = i == 0 ? 1 : 0;
        }

        return table;
    }

    /// <summary>
    /// The constants of a reverse step: the posterior's mean as a function of the predicted noise, combined in double so that
    /// nothing cancels.
    /// </summary>
    /// <param name="step">The number of the step.</param>
    /// <param name="temperature">Factor of the fresh noise; the last step, number 0, has no noise.</param>
    /// <param name="bound">The greatest magnitude of the latent.</param>
    public ReverseStep Reverse(int step, double temperature, double bound) => new(
        (float)NoisyFactor[step],
        (float)(LatentFactor[step] / Math.Sqrt(Cumulative[step])),
        (float)(-LatentFactor[step] * NoiseToSignal(step)),
        (float)(LatentFactor[step] * bound),
        (float)LogMin[step],
        (float)LogMax[step],
        step == 0 ? 0 : (float)temperature);

    private double NoiseToSignal(int step) => Math.Sqrt(1 / Cumulative[step] - 1);
}

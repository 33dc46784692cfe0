namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class DenoisingStep
{
    internal static double[] Reference(
        double[] output, double[] x, int columns, double[] noise, int stride, int first, ReverseStep step)
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int row = i / columns;
            int column = i % columns;
            double seen = output[row * 2 * columns + column];
            double w = (output[(row * 2 + 1) * columns + column] + 1) / 2;
            double logVariance = w * step.LogMax + (1 - w) * step.LogMin;
            double share = Math.Clamp(step.Gain * x[i] + step.Remove * seen, -step.Bound, step.Bound);
            double mean = step.Keep * x[i] + share;
            y[i] = mean + step.Temperature * Math.Exp(0.5 * logVariance) * noise[row * stride + first + column];
        }

        return y;
    }
}

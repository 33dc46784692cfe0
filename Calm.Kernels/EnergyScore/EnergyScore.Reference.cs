namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class EnergyScore
{
    internal static double[] Reference(
        double[] draws, double[] mean, double[] logStd, double[] noise, int drawCount, int targetCount, int columns,
        double exponent)
    {
        double[] targets = new double[noise.Length];
        for (int i = 0; i < targets.Length; i++)
        {
            int at = i / (targetCount * columns) * columns + i % columns;
            targets[i] = mean[at] + noise[i] * Math.Exp(logStd[at]);
        }

        double[][] terms = EnergyTerms.Reference(draws, targets, drawCount, targetCount, columns, exponent);
        return [terms[0].Zip(terms[1], (spread, fit) => 2 * fit - spread).Average()];
    }
}

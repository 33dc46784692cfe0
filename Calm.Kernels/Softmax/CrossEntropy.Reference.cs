namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class CrossEntropy
{
    internal static double Reference(double[] logits, double[] targets, double scale)
    {
        int columns = logits.Length / targets.Length;
        double sum = 0;
        int live = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] == -100)
            {
                continue;
            }

            ReadOnlySpan<double> x = logits.AsSpan(row * columns, columns);
            double max = double.NegativeInfinity;
            double sumExp = 0;
            foreach (double logit in x)
            {
                max = Math.Max(max, logit);
            }

            foreach (double logit in x)
            {
                sumExp += Math.Exp(logit - max);
            }

            sum += max + Math.Log(sumExp) - x[(int)targets[row]];
            live++;
        }

        return live == 0 ? 0 : scale * sum / live;
    }
}

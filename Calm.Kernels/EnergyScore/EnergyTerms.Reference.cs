namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class EnergyTerms
{
    /// <summary>Spread of each position, and fit of each position.</summary>
    internal static double[][] Reference(
        double[] draws, double[] targets, int drawCount, int targetCount, int columns, double exponent)
    {
        int positions = draws.Length / (drawCount * columns);
        double[] spread = new double[positions];
        double[] fit = new double[positions];
        for (int m = 0; m < positions; m++)
        {
            for (int i = 0; i < drawCount; i++)
            {
                ReadOnlySpan<double> x = Row(draws, m * drawCount + i);
                for (int k = 0; k < drawCount; k++)
                {
                    spread[m] += Power(x, Row(draws, m * drawCount + k)) / (drawCount * (drawCount - 1.0));
                }

                for (int j = 0; j < targetCount; j++)
                {
                    fit[m] += Power(x, Row(targets, m * targetCount + j)) / ((double)drawCount * targetCount);
                }
            }
        }

        return [spread, fit];

        ReadOnlySpan<double> Row(double[] rows, int row) => rows.AsSpan(row * columns, columns);

        // |x - y|^beta
        double Power(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
        {
            double square = 0;
            for (int c = 0; c < columns; c++)
            {
                square += (x[c] - y[c]) * (x[c] - y[c]);
            }

            return Math.Pow(square, exponent / 2);
        }
    }
}

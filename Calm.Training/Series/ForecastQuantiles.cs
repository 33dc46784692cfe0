namespace Calm.Training;

/// <summary>Quantiles of the draws of a forecast, each value by itself.</summary>
internal static class ForecastQuantiles
{
    /// <summary>For each share the quantiles of all values, [H, columns], linear between the two nearest draws.</summary>
    /// <param name="members">S draws, each [H, columns].</param>
    /// <param name="shares">Between 0 and 1.</param>
    public static double[][] Of(IReadOnlyList<double[]> members, IReadOnlyList<double> shares)
    {
        int values = members[0].Length;
        double[][] quantiles = [.. shares.Select(_ => new double[values])];
        for (int i = 0; i < values; i++)
        {
            double[] sorted = [.. members.Select(member => member[i]).Order()];
            for (int share = 0; share < shares.Count; share++)
            {
                quantiles[share][i] = LevelColumn.Quantile(sorted, shares[share]);
            }
        }

        return quantiles;
    }
}

namespace Calm.Training;

/// <summary>
/// Energy score of a forecast given by draws: ES = E|X - y| - 1/2 E|X - X'|, with independent draws X and
/// X' of the forecast and the true values y. Smaller is better; the true distribution has the least in expectation. For a
/// point forecast it is the distance. Source: Gneiting and Raftery 2007, section 4.3, with beta = 1 and opposite sign.
/// </summary>
/// <remarks>
/// |.| is the root of the mean square over all steps and columns, in units of <c>scale</c>: a distance in standard
/// deviations that does not grow with horizon or columns. E|X - X'| is averaged over pairs of different draws, which leaves
/// the estimate unbiased; many draws of a good forecast may come out a little above or below the law's own score.
/// </remarks>
internal static class ForecastScore
{
    /// <summary>The score of one forecast.</summary>
    /// <param name="members">S draws, each [steps, columns].</param>
    /// <param name="truth">The true values, [steps, columns].</param>
    /// <param name="scale">Unit of each column.</param>
    public static double Energy(IReadOnlyList<double[]> members, double[] truth, double[] scale)
    {
        double toTruth = members.Sum(member => Distance(member, truth, scale)) / members.Count;
        double between = 0;
        for (int i = 0; i < members.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                between += Distance(members[i], members[j], scale);
            }
        }

        double pairs = 0.5 * members.Count * (members.Count - 1);
        return toTruth - (pairs > 0 ? 0.5 * between / pairs : 0);
    }

    /// <summary>Distance between two series.</summary>
    public static double Distance(double[] x, double[] y, double[] scale)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double difference = (x[i] - y[i]) / scale[i % scale.Length];
            sum += difference * difference;
        }

        return Math.Sqrt(sum / x.Length);
    }
}

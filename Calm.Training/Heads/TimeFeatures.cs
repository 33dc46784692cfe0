namespace Calm.Training;

/// <summary>
/// Features of time: [cos(t f_k) ; sin(t f_k)] with f_k = 10000^(-k / half). Computed in double: float angles near
/// t = 999 are off by 3e-5. Source: Vaswani and others 2017, arXiv:1706.03762, section 3.5.
/// </summary>
internal static class TimeFeatures
{
    /// <summary>Number of features in the published nets.</summary>
    public const int Size = 256;

    private const double LongestPeriod = 10000;

    /// <summary>The features of the times 0 to count - 1, [count, size].</summary>
    public static float[] Table(int count, int size = Size)
    {
        int half = size / 2;
        float[] table = new float[count * size];
        for (int t = 0; t < count; t++)
        {
            for (int k = 0; k < half; k++)
            {
                (double sine, double cosine) = Math.SinCos(t * Math.Exp(-Math.Log(LongestPeriod) * k / half));
                table[t * size + k] = (float)cosine;
                table[t * size + half + k] = (float)sine;
            }
        }

        return table;
    }
}

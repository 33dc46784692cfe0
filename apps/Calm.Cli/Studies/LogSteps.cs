namespace Calm.Cli;

/// <summary>Steps at equal distances in log(step).</summary>
internal static class LogSteps
{
    /// <summary>
    /// Steps in ascending order; the last is the last of them. Some repeat if they would be closer than one.
    /// </summary>
    /// <param name="first">The first of them, at least 1.</param>
    /// <param name="last">The last, at least the first.</param>
    /// <param name="count">Number of steps, at least 2.</param>
    public static int[] Between(double first, int last, int count)
    {
        double start = Math.Clamp(first, 1, last);
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
                (int)Math.Round(start * Math.Pow(last / start, (double)i / (count - 1)))),
        ];
    }
}

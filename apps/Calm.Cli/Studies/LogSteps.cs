namespace Calm.Cli;

/// <summary>Steps at equal distances in log(step).</summary>
internal static class LogSteps
{
    /// <summary>
    /// Steps in ascending order that end with the last. Where they would lie closer than one, some are the same.
    /// </summary>
    /// <param name="first">The first of them, at least 1.</param>
    /// <param name="last">The last, at least the first.</param>
    /// <param name="count">How many, at least 2.</param>
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

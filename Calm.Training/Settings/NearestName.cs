namespace Calm.Training;

/// <summary>Guesses what a misspelt name was meant to be.</summary>
internal static class NearestName
{
    /// <summary>The candidate that takes the fewest insertions, deletions and replacements.</summary>
    public static string To(string name, IEnumerable<string> candidates) =>
        candidates.MinBy(candidate => Distance(name, candidate)) ?? name;

    private static int Distance(string from, string to)
    {
        int[] previous = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int[] current = new int[to.Length + 1];
            current[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replace = previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                current[j] = Math.Min(replace, 1 + Math.Min(previous[j], current[j - 1]));
            }

            previous = current;
        }

        return previous[^1];
    }
}

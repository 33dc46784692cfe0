namespace Calm.Training;

/// <summary>Guesses what a misspelt name was meant to be.</summary>
internal static class Suggestion
{
    // A name with more than a third of its letters wrong is another name.
    private const int LettersPerSlip = 3;
    private const int FewestLettersOfBeginning = 3;

    /// <summary>"; did you mean X?" for the nearest candidate, or a full stop if none is near.</summary>
    /// <param name="name">The name as typed.</param>
    /// <param name="candidates">The names that there are.</param>
    /// <param name="prefix">Printed before the candidate.</param>
    public static string For(string name, IEnumerable<string> candidates, string prefix = "") =>
        Nearest(name, candidates) is { } nearest ? $"; did you mean {prefix}{nearest}?" : ".";

    /// <summary>
    /// The candidate with the fewest slips: letters inserted, left out, replaced or swapped with their neighbours, in either
    /// case. Null if none is near, relative to its length.
    /// </summary>
    public static string? Nearest(string name, IEnumerable<string> candidates)
    {
        string[] all = [.. candidates.Distinct()];
        string? nearest = all.MinBy(candidate => Slips(name, candidate));
        return nearest is not null && Slips(name, nearest) * LettersPerSlip <= Math.Max(Letters(name), Letters(nearest))
            ? nearest
            : Beginning(name, all);
    }

    /// <summary>The only candidate that begins with the name; null if there are none or several.</summary>
    private static string? Beginning(string name, string[] candidates) =>
        Letters(name) >= FewestLettersOfBeginning
            && candidates.Where(c => c.StartsWith(name, StringComparison.OrdinalIgnoreCase)).ToArray() is [string only]
            ? only
            : null;

    private static int Letters(string name) => name.TrimStart('-').Length;

    /// <summary>The optimal string alignment distance (Damerau 1964).</summary>
    private static int Slips(string from, string to)
    {
        from = from.ToLowerInvariant();
        to = to.ToLowerInvariant();
        int[,] slips = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            for (int j = 0; j <= to.Length; j++)
            {
                slips[i, j] = i == 0 ? j : j == 0 ? i : Math.Min(
                    slips[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1),
                    1 + Math.Min(slips[i - 1, j], slips[i, j - 1]));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    slips[i, j] = Math.Min(slips[i, j], slips[i - 2, j - 2] + 1);
                }
            }
        }

        return slips[from.Length, to.Length];
    }
}

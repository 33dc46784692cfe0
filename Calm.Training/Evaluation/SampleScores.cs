using Calm.Runtime;

namespace Calm.Training;

/// <summary>Brier scores of samples that were read from files.</summary>
internal static class SampleScores
{
    /// <summary>Scores files with the same text, row by row.</summary>
    /// <param name="paths">At least one.</param>
    /// <param name="estimator">The published one looks at the first two draws of a row, the other at all.</param>
    /// <returns>The scores of each file, by document.</returns>
    /// <exception cref="CalmException">A file has no rows, or not those of the first; the message says where.</exception>
    public static BrierTotals[] Of(IReadOnlyList<string> paths, BrierEstimator estimator)
    {
        BrierTotals[] totals = [.. paths.Select(_ => new BrierTotals())];
        IEnumerator<SampleRow>[] files = [.. paths.Select(path => SampleFile.Read(path).GetEnumerator())];
        try
        {
            DocumentNumbers numbers = new();
            long rows = 0;
            for (; Advance(files, paths); rows++)
            {
                SampleRow first = files[0].Current;
                long document = numbers.Of(first.Document);
                for (int i = 0; i < files.Length; i++)
                {
                    RequireSame(first, files[i].Current);
                    totals[i].Add(document, Score(files[i].Current, estimator));
                }
            }

            return rows > 0 ? totals : throw new CalmException($"{paths[0]}: has no rows.");
        }
        finally
        {
            Array.ForEach(files, file => file.Dispose());
        }
    }

    /// <summary>Brier-1 to Brier-4 of a row.</summary>
    private static double[] Score(SampleRow row, BrierEstimator estimator)
    {
        int count = estimator == BrierEstimator.Published ? 2 : row.Draws.Length;
        int[] draws = [.. row.Draws.Take(count).SelectMany(draw => draw.Take(BrierScore.MostTokens))];
        double[] scores = new double[BrierScore.MostTokens];
        BrierScore.AddRow(draws, BrierScore.MostTokens, row.Truth, scores);
        return scores;
    }

    /// <summary>Advances to the next row of every file.</summary>
    private static bool Advance(IEnumerator<SampleRow>[] files, IReadOnlyList<string> paths)
    {
        bool[] more = [.. files.Select(file => file.MoveNext())];
        int other = Array.FindIndex(more, value => value != more[0]);
        return other < 0
            ? more[0]
            : throw new CalmException(
                $"{paths[more[0] ? other : 0]}: ends before {paths[more[0] ? 0 : other]} does; "
                + "files are compared row by row.");
    }

    private static void RequireSame(SampleRow first, SampleRow other)
    {
        bool same = first.Document == other.Document
            && first.Truth.AsSpan(0, BrierScore.MostTokens).SequenceEqual(other.Truth.AsSpan(0, BrierScore.MostTokens));
        if (!same)
        {
            throw new CalmException(
                $"{other.Place}: truth or document is not that of {first.Place}; files are compared row by row.");
        }
    }

    /// <summary>Numbers of documents by name; a row without a name is a document of its own.</summary>
    private sealed class DocumentNumbers
    {
        private readonly Dictionary<string, long> _byName = [];
        private long _next;

        public long Of(string? name)
        {
            if (name is null)
            {
                return _next++;
            }

            if (!_byName.TryGetValue(name, out long number))
            {
                number = _next++;
                _byName.Add(name, number);
            }

            return number;
        }
    }
}

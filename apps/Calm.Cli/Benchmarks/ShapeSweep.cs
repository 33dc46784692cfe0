using System.Globalization;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// Sizes as they are typed: <c>M=128..8192:x2,N=1024,K=64/256</c>. A size has one value, a list, or a range with a step that
/// multiplies (x2) or adds (+64). All combinations are taken.
/// </summary>
internal static class ShapeSweep
{
    // Beyond it a benchmark takes the better part of an hour.
    private const int MostCases = 1000;

    private const string Grammar = "expected NAME=VALUE, NAME=A/B/C, NAME=FROM..TO:xFACTOR or NAME=FROM..TO:+STEP";

    /// <summary>The cases of an op at all combinations of sizes.</summary>
    /// <param name="sweep">The op.</param>
    /// <param name="typed">The sizes as typed.</param>
    /// <exception cref="UsageException">They cannot be read, or the op does not take them.</exception>
    public static IReadOnlyList<OpCase> Cases(CaseSweep sweep, string typed)
    {
        List<Dictionary<string, int>> combinations = [[]];
        foreach (string part in typed.Split(',', StringSplitOptions.TrimEntries))
        {
            (string name, IReadOnlyList<int> values) = Size(part);
            if (combinations[0].ContainsKey(name))
            {
                throw new UsageException($"--shape: {name} is there twice.");
            }

            combinations = [.. combinations.SelectMany(c => values.Select(v => new Dictionary<string, int>(c) { [name] = v }))];
            if (combinations.Count > MostCases)
            {
                throw new UsageException($"--shape {typed}: more than {MostCases} combinations.");
            }
        }

        return [.. combinations.Select(sizes => At(sweep, sizes))];
    }

    private static OpCase At(CaseSweep sweep, Dictionary<string, int> sizes)
    {
        OpCase made;
        try
        {
            made = sweep.At(sizes);
        }
        catch (Exception failure) when (failure is CalmException or ArgumentException or OverflowException)
        {
            throw new UsageException($"--shape: {failure.Message.Split('\n')[0]}");
        }

        // The definition's numbers and the op's, results and gradients.
        double bytes = (made.Inputs.Sum(input => (double)input.Shape.Count) * (sizeof(double) + sizeof(float)))
            + (made.Forward?.Bytes ?? 0) + (made.Backward?.Bytes ?? 0);
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return bytes <= memory
            ? made
            : throw new UsageException(
                $"--shape: {made.Label} would take {bytes / 1e6:F0} MB of this machine's {memory / 1e6:F0} MB.");
    }

    private static (string Name, IReadOnlyList<int> Values) Size(string part)
    {
        string[] sides = part.Split('=', 2);
        if (sides.Length < 2 || sides[0].Length == 0)
        {
            throw Unreadable(part);
        }

        int range = sides[1].IndexOf("..", StringComparison.Ordinal);
        return range < 0
            ? (sides[0], [.. sides[1].Split('/').Select(value => Number(value, part)).Distinct()])
            : (sides[0], Range(sides[1][..range], sides[1][(range + 2)..].Split(':'), part));
    }

    private static List<int> Range(string first, string[] lastAndStep, string part)
    {
        if (lastAndStep.Length != 2 || lastAndStep[1].Length < 2 || lastAndStep[1][0] is not ('x' or '+'))
        {
            throw Unreadable(part);
        }

        bool multiplies = lastAndStep[1][0] == 'x';
        int last = Number(lastAndStep[0], part);
        int step = Number(lastAndStep[1][1..], part);
        if (multiplies && step < 2)
        {
            throw new UsageException($"--shape {part}: a factor of {step} leads nowhere.");
        }

        List<int> values = [];
        long value = Number(first, part);
        while (value <= last && values.Count <= MostCases)
        {
            values.Add((int)value);
            value = multiplies ? value * step : value + step;
        }

        return values.Count > 0 ? values : throw new UsageException($"--shape {part}: the range ends before it begins.");
    }

    private static int Number(string text, string part) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw Unreadable(part);

    private static UsageException Unreadable(string part) => new($"--shape {part}: {Grammar}.");
}

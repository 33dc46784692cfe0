namespace Calm.Faults;

/// <summary>Counts outcomes by kind of case, and remembers faults. Safe for several threads.</summary>
internal sealed class Tally
{
    private const int MostFaultsShown = 40;

    private readonly SortedDictionary<string, SortedDictionary<string, long>> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string First, long Count)> _faults = [];

    /// <summary>Counts a case.</summary>
    /// <param name="kind">The row of the table.</param>
    /// <param name="outcome">The column.</param>
    public void Add(string kind, string outcome)
    {
        lock (_counts)
        {
            if (!_counts.TryGetValue(kind, out SortedDictionary<string, long>? row))
            {
                _counts.Add(kind, row = new SortedDictionary<string, long>(StringComparer.Ordinal));
            }

            row[outcome] = row.GetValueOrDefault(outcome) + 1;
        }
    }

    /// <summary>Counts a fault.</summary>
    /// <param name="kind">The row of the table.</param>
    /// <param name="what">The fault; those with the same words are shown once.</param>
    /// <param name="how">How to make it happen again.</param>
    public void Fault(string kind, string what, string how)
    {
        Add(kind, "FAULTS");
        lock (_counts)
        {
            string key = $"{kind}: {what}";
            (string First, long Count) known = _faults.GetValueOrDefault(key, (how, 0));
            _faults[key] = (known.First, known.Count + 1);
            if (known.Count == 0)
            {
                Console.Error.WriteLine($"FAULT {key} [{how}]");
            }
        }
    }

    /// <summary>Writes the closing table and the faults.</summary>
    /// <returns>The exit code: 0 without faults.</returns>
    public int Close(string name, TimeSpan time)
    {
        string[] outcomes = [.. _counts.Values.SelectMany(row => row.Keys).Distinct().Order(StringComparer.Ordinal)];
        int width = _counts.Keys.Select(kind => kind.Length).DefaultIfEmpty(0).Max();
        Console.WriteLine($"{"".PadRight(width)}{string.Concat(outcomes.Select(outcome => $"  {outcome}"))}  in all");
        foreach ((string kind, SortedDictionary<string, long> row) in _counts)
        {
            string cells = string.Concat(
                outcomes.Select(outcome => $"  {Cell(row.GetValueOrDefault(outcome)).PadLeft(outcome.Length)}"));
            Console.WriteLine($"{kind.PadRight(width)}{cells}  {row.Values.Sum(),6}");
        }

        foreach ((string what, (string first, long count)) in _faults.Take(MostFaultsShown))
        {
            Console.WriteLine($"{count} x {what}; first: {first}");
        }

        long faults = _faults.Values.Sum(fault => fault.Count);
        long all = _counts.Values.Sum(row => row.Values.Sum());
        Console.WriteLine($"{name}: {all} cases, {faults} faults, {time.TotalSeconds:F0} s");
        return faults == 0 ? 0 : 1;
    }

    private static string Cell(long count) => count == 0 ? "." : $"{count}";
}

using System.Text;
using System.Text.Json;

namespace Calm.Cli;

/// <summary>A measurement of an arm at a checkpoint: one line of the results.</summary>
/// <param name="Arm">The arm's name.</param>
/// <param name="Round">Number of the checkpoint, from 0.</param>
/// <param name="Variant">The variant that was measured, such as a temperature; empty for the model itself.</param>
/// <param name="Step">Training steps done.</param>
/// <param name="Elapsed">Seconds of the study until then, in all its runs.</param>
/// <param name="Values">Values by name; see docs/studies/README.md.</param>
internal sealed record Measurement(
    string Arm, int Round, string Variant, int Step, double Elapsed, IReadOnlyDictionary<string, double> Values)
{
    /// <summary>A value; NaN if it was not measured.</summary>
    public double this[string name] => Values.TryGetValue(name, out double value) ? value : double.NaN;

    /// <summary>A value with its interval, stored as nameLow and nameHigh, if there is one.</summary>
    public Estimate Estimate(string name) => new(this[name], this[name + "Low"], this[name + "High"]);

    /// <summary>BrierLM, times 100, with its interval over documents.</summary>
    public Estimate BrierLm => new Estimate(this["brierLm"], this["brierLow"], this["brierHigh"]).Times(100);
}

/// <summary>
/// The file <c>results.jsonl</c> of a study, with one line per measurement. It is rewritten and renamed into
/// place each time, so that it is always complete. A checkpoint of an arm with measurements is not run again.
/// </summary>
internal sealed class StudyResults
{
    private static readonly JsonSerializerOptions Options = new(SettingsJson.Options) { WriteIndented = false };

    private static readonly JsonFile Json = new("the results of a study", "run the study again", Options);

    private readonly string _path;
    private readonly List<Measurement> _all;

    /// <summary>The results of a study's folder, as far as there are any.</summary>
    public StudyResults(string path)
    {
        _path = path;
        _all = File.Exists(path) ? Read(path) : [];
    }

    /// <summary>All lines, in the order in which they were measured.</summary>
    public IReadOnlyList<Measurement> All => _all;

    /// <summary>Seconds of the study until the last measurement.</summary>
    public double Elapsed => _all.Select(one => one.Elapsed).DefaultIfEmpty(0).Max();

    /// <summary>Local time of the last measurement.</summary>
    public DateTime Written => File.GetLastWriteTime(_path);

    /// <summary>Whether an arm was measured at a checkpoint.</summary>
    public bool Has(string arm, int round) => _all.Exists(one => one.Arm == arm && one.Round == round);

    /// <summary>The measurement of an arm itself at a checkpoint; null if there is none.</summary>
    public Measurement? Find(string arm, int round) =>
        _all.Find(one => one.Arm == arm && one.Round == round && one.Variant.Length == 0);

    /// <summary>Adds all lines of one arm's checkpoint at once.</summary>
    public void Add(IEnumerable<Measurement> measurements)
    {
        _all.AddRange(measurements);
        string text = string.Concat(_all.Select(one => JsonSerializer.Serialize(one, Options) + "\n"));
        SafeFile.Write(_path, Encoding.UTF8.GetBytes(text));
    }

    private static List<Measurement> Read(string path)
    {
        try
        {
            return [.. File.ReadLines(path).Select(line => Json.Parse<Measurement>(Encoding.UTF8.GetBytes(line), path))];
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }
}

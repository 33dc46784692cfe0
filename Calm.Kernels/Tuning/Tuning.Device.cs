using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The choices of a device: what tuning found, kept in a file of the device and its driver, and the built-in choice
/// for all else. Results have the same bits with and without it.
/// </summary>
internal sealed class Tuning
{
    private static readonly ConditionalWeakTable<IlgpuDevice, Tuning> Tables = [];

    private readonly IlgpuDevice _gpu;
    private readonly Dictionary<(Choice, SizeClass), int> _known = [];
    private readonly Dictionary<(string Choice, string Of, string Size), string> _entries = [];

    private Tuning(IlgpuDevice gpu)
    {
        _gpu = gpu;
        File = FileFor(gpu);
        if (System.IO.File.Exists(File) && TuningFile.Read(File) is var file && WhyForeign(file) is null)
        {
            Use(file.Entries);
        }
    }

    /// <summary>Folder of the files of all devices.</summary>
    public static string Folder { get; set; } = Path.Combine(CacheFolder.Path, "tuning");

    /// <summary>Path of the file.</summary>
    public string File { get; }

    /// <summary>Chooses in place of the table while the device is tuned or recorded; null otherwise.</summary>
    public IChooser? Chooser { get; set; }

    /// <summary>The choices of a device, read at its first use. A file of an older version counts as none.</summary>
    /// <exception cref="CalmException">There is a file, and it is damaged.</exception>
    public static Tuning Of(IlgpuDevice gpu) => Tables.GetValue(gpu, static gpu => new Tuning(gpu));

    /// <summary>The candidate to take.</summary>
    /// <param name="choice">The choice.</param>
    /// <param name="size">The sizes of the work.</param>
    /// <param name="byDefault">The built-in choice.</param>
    public int Choose(Choice choice, SizeClass size, int byDefault)
    {
        if (Chooser is { } chooser)
        {
            return chooser.Choose(choice, size, byDefault);
        }

        if (!_known.TryGetValue((choice, size), out int value))
        {
            value = Find(choice, size);
            _known.Add((choice, size), value);
        }

        return value > 0 ? value : byDefault;
    }

    /// <summary>The table as a file.</summary>
    public TuningFile ToFile() => new(
        _gpu.Model, _gpu.Driver ?? "", ChoiceKinds.Version,
        [
            .. _entries.Select(e => new TunedEntry(e.Key.Choice, e.Key.Of, e.Key.Size, e.Value))
                .OrderBy(e => e.Choice, StringComparer.Ordinal).ThenBy(e => e.Of, StringComparer.Ordinal)
                .ThenBy(e => e.Size, StringComparer.Ordinal),
        ]);

    /// <summary>Takes over what was found, here and in the file; of what was tried and not kept, older entries go.</summary>
    public void Keep(TuningOutcome outcome)
    {
        foreach (TriedCandidate tried in outcome.Tried)
        {
            _entries.Remove((tried.Choice, tried.Of, tried.Size));
        }

        Use(outcome.Kept);
        ToFile().Write(File);
    }

    /// <summary>Takes over a table that was made elsewhere, here and in the file.</summary>
    /// <param name="path">Its file.</param>
    /// <returns>The table.</returns>
    /// <exception cref="CalmException">It is of another device, driver or version, or damaged.</exception>
    public TuningFile TakeOver(string path)
    {
        TuningFile file = TuningFile.Read(path);
        if (WhyForeign(file) is { } reason)
        {
            throw new CalmException($"{path}: {reason}; tune this device.");
        }

        _entries.Clear();
        Use(file.Entries);
        ToFile().Write(File);
        return file;
    }

    private void Use(IEnumerable<TunedEntry> entries)
    {
        foreach (TunedEntry entry in entries)
        {
            _entries[entry.Key] = entry.Candidate;
        }

        _known.Clear();
    }

    private int Find(Choice choice, SizeClass size) =>
        _entries.TryGetValue((choice.Kind.Name, choice.Of, size.ToString()), out string? text)
        && choice.Kind.Find(text) is { } value && choice.RefusalOf(_gpu, value) is null
            ? value
            : 0;

    private string? WhyForeign(TuningFile file) => file.Device != _gpu.Model
        ? $"is of the device {TuningFile.Short(file.Device)}, not of {_gpu.Model}"
        : file.Driver != _gpu.Driver
        ? $"is of the driver {TuningFile.Short(file.Driver)}, not of {_gpu.Driver}"
        : file.Choices != ChoiceKinds.Version
        ? $"is of version {TuningFile.Short(file.Choices)} of the choices, this program has {ChoiceKinds.Version}"
        : file.Entries.FirstOrDefault(e => !Suits(e)) is { } odd
        ? $"{_gpu.Name} has no candidate {odd.Candidate} of {odd.Choice}"
        : null;

    private bool Suits(TunedEntry entry) =>
        ChoiceKinds.Find(entry.Choice) is { } kind && kind.Find(entry.Candidate) is { } value && kind.Suits(_gpu, value);

    private static string FileFor(IlgpuDevice gpu)
    {
        string name = string.Concat(gpu.Description.Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : '-'));
        return Path.Combine(Folder, $"{name}.choices.json");
    }
}

/// <summary>Chooses in place of a table.</summary>
internal interface IChooser
{
    /// <summary>The candidate to take.</summary>
    int Choose(Choice choice, SizeClass size, int byDefault);
}

using System.Text.Json;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The result of one fixture.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Results">All comparisons; empty if it is of an unknown kind.</param>
/// <param name="Failure">The error that ended it; null if it ran to its end.</param>
/// <param name="Supported">Whether this program knows the fixture's kind.</param>
internal sealed record FixtureResult(string Name, IReadOnlyList<CaseResult> Results, string? Failure, bool Supported)
{
    /// <summary>Whether everything agreed.</summary>
    public bool Passed => Supported && Failure is null && Results.Count > 0 && Results.All(r => r.Passed);
}

/// <summary>A folder of fixtures with its manifest; see tests/golden/README.md.</summary>
internal sealed class GoldenSet
{
    private const string ManifestName = "manifest.json";

    private static readonly JsonFile Json = new("a manifest of golden fixtures", "get it again", SettingsJson.Options);

    private readonly string _folder;
    private readonly Dictionary<string, Entry> _fixtures;

    /// <summary>Opens a set.</summary>
    /// <exception cref="CalmException">The manifest is missing or is not one.</exception>
    public GoldenSet(string folder)
    {
        _folder = folder;
        Manifest manifest = Json.Read<Manifest>(Path.Combine(folder, ManifestName), manifest => manifest.Problem);
        _fixtures = manifest.Fixtures.ToDictionary(entry => entry.Name);
    }

    /// <summary>The names of all fixtures, in the manifest's order.</summary>
    public IReadOnlyCollection<string> Names => _fixtures.Keys;

    /// <summary>Elements of a fixture's largest array.</summary>
    public double LargestArray(string name) =>
        _fixtures[name].Tensors.Values.Select(array => array.Shape.Aggregate(1.0, (count, size) => count * size))
            .DefaultIfEmpty(0).Max();

    /// <summary>Runs one fixture.</summary>
    public FixtureResult Run(string name, Device device)
    {
        if (!GoldenOps.All.TryGetValue(_fixtures[name].Op, out Action<GoldenCheck>? run))
        {
            return new FixtureResult(name, [], null, false);
        }

        GoldenCheck? check = null;
        try
        {
            check = new GoldenCheck(this, Load(name), device);
            run(check);
            check.RequireAllChecked();
            return new FixtureResult(name, check.Results, null, true);
        }
        catch (NotSupportedException)
        {
            return new FixtureResult(name, [], null, false);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return new FixtureResult(name, check?.Results ?? [], $"{failure.GetType().Name}: {failure.Message}", true);
        }
    }

    /// <summary>Reads a fixture's arrays.</summary>
    public Fixture Load(string name)
    {
        Entry entry = _fixtures[name];
        using SafetensorsSet data = SafetensorsSet.Open(Path.Combine(_folder, entry.File));
        Dictionary<string, FixtureTensor> tensors =
            entry.Tensors.ToDictionary(array => array.Key, array => Read(data, array.Key, array.Value.Rtol));
        return new Fixture(name, entry.Op, entry.Attrs, _folder, tensors);
    }

    private static FixtureTensor Read(SafetensorsSet data, string name, double tolerance)
    {
        SafetensorsEntry entry = data[name];
        int[] sizes = [.. entry.Sizes.Select(size => checked((int)size))];
        return new FixtureTensor(sizes, data.Read<double>(name), tolerance, !entry.Type.IsFloat());
    }

    /// <summary>The manifest's file.</summary>
    private sealed record Manifest(Entry[] Fixtures)
    {
        public string? Problem =>
            Fixtures.FirstOrDefault(entry => entry is not { HasParts: true }) is { } wrong ? $"fixture {wrong.Name} lacks a part"
            : Fixtures.Any(entry => entry is null) ? "a fixture is null"
            : Fixtures.CountBy(entry => entry.Name).FirstOrDefault(name => name.Value > 1) is { Value: > 1 } twice
                ? $"fixture {twice.Key} stands there twice"
            : null;
    }

    /// <summary>The manifest's entry of a fixture.</summary>
    private sealed record Entry(string Name, string File, string Op, JsonElement Attrs, Dictionary<string, ArrayEntry> Tensors)
    {
        public bool HasParts =>
            Name.Length > 0 && File.Length > 0 && !File.Contains('\0') && Attrs.ValueKind == JsonValueKind.Object
            && Tensors.Values.All(array => array?.Shape is { } sizes && Array.TrueForAll(sizes, size => size >= 0));
    }

    /// <summary>The part of it about an array.</summary>
    private sealed record ArrayEntry(long[] Shape, double Rtol = 0);
}

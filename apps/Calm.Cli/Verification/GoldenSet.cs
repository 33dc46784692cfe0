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
    private readonly string _folder;
    private readonly Dictionary<string, JsonElement> _fixtures = [];

    /// <summary>Opens a set.</summary>
    /// <exception cref="CalmException">The manifest is missing or is not one.</exception>
    public GoldenSet(string folder)
    {
        _folder = folder;
        string manifest = Path.Combine(folder, "manifest.json");
        try
        {
            using FileStream stream = File.OpenRead(manifest);
            JsonElement root = JsonDocument.Parse(stream).RootElement.Clone();
            foreach (JsonElement fixture in root.GetProperty("fixtures").EnumerateArray())
            {
                _fixtures.Add(fixture.GetProperty("name").GetString()!, fixture);
            }
        }
        catch (Exception failure) when (
            failure is IOException or JsonException or KeyNotFoundException or UnauthorizedAccessException
                or ArgumentException)
        {
            throw new CalmException($"{manifest}: is no manifest of golden fixtures: {failure.Message}", failure);
        }
    }

    /// <summary>The names of all fixtures, in the manifest's order.</summary>
    public IReadOnlyCollection<string> Names => _fixtures.Keys;

    /// <summary>Elements of a fixture's largest array.</summary>
    public long LargestArray(string name) =>
        Sizes(_fixtures[name]).Select(shape => shape.Aggregate(1L, (count, size) => count * size)).DefaultIfEmpty(0).Max();

    private static IEnumerable<IEnumerable<long>> Sizes(JsonElement fixture) =>
        fixture.GetProperty("tensors").EnumerateObject()
            .Select(tensor => tensor.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()));

    /// <summary>Runs one fixture.</summary>
    public FixtureResult Run(string name, Device device)
    {
        string op = _fixtures[name].GetProperty("op").GetString()!;
        if (!GoldenOps.All.TryGetValue(op, out Action<GoldenCheck>? run))
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
        JsonElement entry = _fixtures[name];
        string file = Path.Combine(_folder, entry.GetProperty("file").GetString()!);
        using SafetensorsSet data = SafetensorsSet.Open(file);
        Dictionary<string, FixtureTensor> tensors = [];
        foreach (JsonProperty described in entry.GetProperty("tensors").EnumerateObject())
        {
            double tolerance = described.Value.TryGetProperty("rtol", out JsonElement rtol) ? rtol.GetDouble() : 0;
            tensors.Add(described.Name, Read(data, described.Name, tolerance));
        }

        return new Fixture(name, entry.GetProperty("op").GetString()!, entry.GetProperty("attrs"), _folder, tensors);
    }

    private static FixtureTensor Read(SafetensorsSet data, string name, double tolerance)
    {
        SafetensorsEntry entry = data[name];
        int[] sizes = [.. entry.Sizes.Select(size => checked((int)size))];
        return new FixtureTensor(sizes, data.Read<double>(name), tolerance, !entry.Type.IsFloat());
    }
}

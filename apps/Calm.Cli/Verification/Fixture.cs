using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>An array of a fixture.</summary>
/// <param name="Sizes">Its sizes; any rank.</param>
/// <param name="Values">Its elements; integers are exact.</param>
/// <param name="Tolerance">Difference allowed as a fraction of the greatest magnitude; 0 for integers and inputs.</param>
/// <param name="IsInteger">Whether it must match exactly.</param>
internal sealed record FixtureTensor(int[] Sizes, double[] Values, double Tolerance, bool IsInteger)
{
    /// <summary>The elements as floats.</summary>
    public float[] Floats => [.. Values.Select(v => (float)v)];

    /// <summary>The elements as ids.</summary>
    public int[] Integers => [.. Values.Select(v => (int)v)];

    /// <summary>Slice number <paramref name="index"/> along the outermost size.</summary>
    public FixtureTensor Slice(int index)
    {
        int count = Values.Length / Sizes[0];
        return this with { Sizes = Sizes[1..], Values = Values[(index * count)..((index + 1) * count)] };
    }

    /// <summary>The same with the two outermost sizes exchanged: [S, M, ...] to [M, S, ...] and back.</summary>
    public FixtureTensor Exchanged() => this with
    {
        Sizes = [Sizes[1], Sizes[0], .. Sizes[2..]],
        Values = Exchange(Values, Sizes[0], Sizes[1]),
    };

    /// <summary>[a, b, ...] to [b, a, ...].</summary>
    public static double[] Exchange(double[] values, int a, int b)
    {
        int inner = values.Length / Math.Max(1, a * b);
        double[] exchanged = new double[values.Length];
        for (int i = 0; i < a; i++)
        {
            for (int j = 0; j < b; j++)
            {
                Array.Copy(values, (i * b + j) * inner, exchanged, (j * a + i) * inner, inner);
            }
        }

        return exchanged;
    }
}

/// <summary>Inputs and expected results of one golden check, as a folder's manifest describes it.</summary>
internal sealed class Fixture
{
    private readonly Dictionary<string, FixtureTensor> _tensors;

    public Fixture(string name, string op, JsonElement attributes, string folder, Dictionary<string, FixtureTensor> tensors)
    {
        Name = name;
        Op = op;
        Attributes = attributes;
        Folder = folder;
        _tensors = tensors;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The kind of check.</summary>
    public string Op { get; }

    /// <summary>Its options.</summary>
    public JsonElement Attributes { get; }

    /// <summary>The folder of the golden set.</summary>
    public string Folder { get; }

    /// <summary>The names of all arrays.</summary>
    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>An array by its full name.</summary>
    /// <exception cref="CalmException">There is none.</exception>
    public FixtureTensor this[string name] =>
        _tensors.TryGetValue(name, out FixtureTensor? tensor)
            ? tensor
            : throw new CalmException($"{Name}: the fixture has no tensor {name}.");

    /// <summary>Whether there is an array of this name.</summary>
    public bool Has(string name) => _tensors.ContainsKey(name);

    /// <summary>A number among the options.</summary>
    public double Number(string name, double otherwise = double.NaN) =>
        Attributes.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : double.IsNaN(otherwise) ? throw new CalmException($"{Name}: the fixture has no attribute {name}.") : otherwise;

    /// <summary>An object among the options, such as a model's configuration.</summary>
    public T Config<T>(string name)
    {
        JsonElement config = Attributes.GetProperty(name);
        return config.Deserialize<T>(SettingsJson.Options)
            ?? throw new CalmException($"{Name}: attribute {name} is null.");
    }

    /// <summary>The arrays whose names begin with <paramref name="prefix"/>, by the rest of their names.</summary>
    public Dictionary<string, FixtureTensor> WithPrefix(string prefix) =>
        _tensors.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value);
}

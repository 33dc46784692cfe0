using System.Runtime.CompilerServices;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Results of tuning on a device: the fastest form of each class of product, kept in a file of the device and its driver.
/// Without that file the built-in rules hold. Results have the same bits with and without it.
/// </summary>
internal sealed class ProductTuning
{
    private static readonly ConditionalWeakTable<Device, ProductTuning> Tables = [];
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    private readonly Dictionary<string, ProductForm> _forms;
    private readonly Dictionary<ProductShape, ProductForm> _known = [];
    private HashSet<ProductShape>? _recorded;

    private ProductTuning(Device device)
    {
        File = FileFor(device);
        _forms = Read(File);
    }

    /// <summary>Folder of the files of all devices.</summary>
    public static string Folder { get; set; } = Path.Combine(CacheFolder.Path, "tuning");

    /// <summary>Path of the file.</summary>
    public string File { get; }

    /// <summary>The results for a device, read at its first use.</summary>
    /// <exception cref="CalmException">There is a file, and it is damaged.</exception>
    public static ProductTuning Of(Device device) => Tables.GetValue(device, static device => new ProductTuning(device));

    /// <summary>The form for a product.</summary>
    public ProductForm FormFor(ProductShape shape)
    {
        _recorded?.Add(shape);
        if (!_known.TryGetValue(shape, out ProductForm form))
        {
            form = _forms.GetValueOrDefault(shape.Class);
            _known.Add(shape, form);
        }

        return form;
    }

    /// <summary>The products that something multiplies, each shape once.</summary>
    public IReadOnlyCollection<ProductShape> ShapesIn(Action work)
    {
        HashSet<ProductShape> shapes = _recorded = [];
        work();
        _recorded = null;
        return shapes;
    }

    /// <summary>Takes over what was found, here and in the file.</summary>
    public void Keep(IEnumerable<KeyValuePair<string, ProductForm>> found)
    {
        foreach ((string name, ProductForm form) in found)
        {
            _forms[name] = form;
        }

        _known.Clear();
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        string temporary = $"{File}.{Environment.ProcessId}";
        System.IO.File.WriteAllText(
            temporary, JsonSerializer.Serialize(_forms.ToDictionary(f => f.Key, f => f.Value.ToString()), Readable));
        System.IO.File.Move(temporary, File, overwrite: true);
    }

    private static string FileFor(Device device)
    {
        string name = string.Concat(device.Description.Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : '-'));
        return Path.Combine(Folder, $"{name}.json");
    }

    private static Dictionary<string, ProductForm> Read(string file)
    {
        if (!System.IO.File.Exists(file))
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(System.IO.File.ReadAllText(file))!
                .ToDictionary(f => f.Key, f => Enum.Parse<ProductForm>(f.Value));
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException or IOException)
        {
            throw new CalmException(
                $"{file}: is no table of tuned products ({failure.Message}); delete it: calm bench --tune makes a new one.",
                failure);
        }
    }
}

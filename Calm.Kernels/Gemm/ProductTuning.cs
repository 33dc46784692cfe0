using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Results of tuning on a device: the fastest form of each class of product, kept in a file of the device and its driver.
/// Without that file the built-in rules hold. Results have the same bits with and without it.
/// </summary>
internal sealed class ProductTuning
{
    private static readonly ConditionalWeakTable<Device, ProductTuning> Tables = [];
    private static readonly JsonSerializerOptions Json = new()
    {
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
        WriteIndented = true,
    };

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
        string folder = Path.GetDirectoryName(File)!;
        string temporary = Path.Combine(folder, Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(folder);
            using (FileStream file = new(temporary, FileMode.CreateNew))
            {
                JsonSerializer.Serialize(file, _forms, Json);
                file.Flush(flushToDisk: true);
            }

            System.IO.File.Move(temporary, File, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (System.IO.File.Exists(temporary))
            {
                System.IO.File.Delete(temporary);
            }

            throw new CalmException($"{File}: cannot be written: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    private static string FileFor(Device device)
    {
        string name = string.Concat(device.Description.Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : '-'));
        return Path.Combine(Folder, $"{name}.json");
    }

    /// <summary>The results in a file; none if there is no file.</summary>
    internal static Dictionary<string, ProductForm> Read(string file)
    {
        if (!System.IO.File.Exists(file))
        {
            return [];
        }

        try
        {
            Dictionary<string, ProductForm>? forms =
                JsonSerializer.Deserialize<Dictionary<string, ProductForm>>(System.IO.File.ReadAllText(file), Json);
            return forms?.Values.All(Enum.IsDefined) is true ? forms : throw new JsonException("it names no forms");
        }
        catch (Exception failure) when (
            failure is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new CalmException($"{file}: is no table of tuned products; delete it and tune again.", failure);
        }
    }
}

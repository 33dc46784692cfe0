using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The tensors of a checkpoint's files, as their headers list them; none is read.</summary>
internal sealed class WeightsListing : IDisposable
{
    private readonly string _path;
    private readonly ModelWeights _weights;
    private readonly string? _architecture;

    private WeightsListing(string path)
    {
        _path = path;
        _weights = ModelWeights.Open(path);
        _architecture = ArchitectureOf(path);
    }

    /// <summary>Whether a path is a file, or a folder of weights that is no run.</summary>
    public static bool Applies(string path) =>
        File.Exists(path) || (Directory.Exists(path) && !RunFolder.Exists(path) && ModelWeights.FileIn(path) is not null);

    /// <summary>Opens the files and checks their headers.</summary>
    /// <exception cref="CalmException">They are damaged, or no weights.</exception>
    public static WeightsListing Open(string path) => new(path);

    /// <summary>The listing as JSON.</summary>
    public object Json() => new
    {
        path = _path,
        format = _weights.Format,
        files = _weights.Files,
        architecture = _architecture,
        parameters = _weights.Count,
        bytes = Bytes,
        tensors = _weights.Tensors.Select(tensor => new { tensor.Name, type = tensor.Type.ToString(), shape = tensor.Sizes }),
    };

    /// <summary>Writes the listing for people.</summary>
    public void Write(TextWriter writer)
    {
        StoredTensor[] tensors = [.. _weights.Tensors];
        string kind = _architecture is null ? "" : $" of a {_architecture}";
        writer.WriteLine(
            $"{_path}: {_weights.Format}{kind}, {Readable.Count(tensors.Length, "tensor")}, {_weights.Count:N0} numbers, "
            + $"{Readable.Amount(Bytes)}B in {Readable.Count(_weights.Files.Count(), "file")}");
        int widest = tensors.Select(tensor => tensor.Name.Length).DefaultIfEmpty(0).Max();
        foreach (StoredTensor tensor in tensors)
        {
            writer.WriteLine($"  {Quote.Plain(tensor.Name).PadRight(widest)}  {tensor.Type,-4}  {tensor.ShapeText}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();

    private long Bytes => _weights.Tensors.Sum(tensor => tensor.Count * tensor.Type.Size());

    private static string? ArchitectureOf(string path)
    {
        try
        {
            return PublishedConfig.Read(path).Architecture;
        }
        catch (CalmException)
        {
            return null; // weights without a configuration are listed too
        }
    }
}

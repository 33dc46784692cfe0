using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The header of a safetensors file, which is a JSON object with dtype, shape and data_offsets for every tensor and an
/// optional <c>__metadata__</c>. Everything is checked, as files may come from untrusted sources.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Key of the file's metadata.</summary>
    public const string MetadataKey = "__metadata__";

    // An object of objects of arrays is three deep; unknown keys may hold a little more.
    private const int DeepestNesting = 8;

    private readonly string _path;
    private readonly Dictionary<string, SafetensorsEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = [];

    private SafetensorsHeader(string path) => _path = path;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _entries;

    /// <summary>Metadata of the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads a header and checks that its tensors fill the data exactly.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="json">The header.</param>
    /// <param name="dataLength">Number of bytes after the header.</param>
    /// <exception cref="CalmException">The header is damaged; the message names the file and the tensor.</exception>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataLength)
    {
        SafetensorsHeader header = new(path);
        try
        {
            header.ReadAll(json);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The reader throws the latter for strings that are not UTF-8.
            string reason = failure.Message.ReplaceLineEndings(" ").TrimEnd('.');
            throw header.Damaged($"the header is not valid JSON ({reason})");
        }

        header.RequireFilled(dataLength);
        return header;
    }

    private void ReadAll(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = DeepestNesting });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Damaged("the header is not a JSON object");
        }

        HashSet<string> names = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!names.Add(name))
            {
                throw Damaged(name, "occurs twice");
            }

            reader.Read();
            if (name == MetadataKey)
            {
                ReadMetadata(ref reader);
            }
            else
            {
                _entries.Add(name, ReadEntry(ref reader, name));
            }
        }

        // Only white space may follow; the reader throws otherwise.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Damaged($"{MetadataKey} is not an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw Damaged($"{MetadataKey} {Quote.Name(key)} is not a string");
            }

            _metadata[key] = reader.GetString()!;
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        SafetensorsType? type = null;
        long[]? sizes = null;
        long[]? offsets = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Damaged(name, "is not an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            bool again = false;
            switch (key)
            {
                case "dtype":
                    again = type is not null;
                    type = ReadType(ref reader, name);
                    break;
                case "shape":
                    again = sizes is not null;
                    sizes = ReadNumbers(ref reader, name, key);
                    break;
                case "data_offsets":
                    again = offsets is not null;
                    offsets = ReadNumbers(ref reader, name, key);
                    break;
                default:
                    reader.Skip();
                    break;
            }

            if (again)
            {
                throw Damaged(name, $"has {key} twice");
            }
        }

        if (type is null || sizes is null || offsets is not { Length: 2 })
        {
            throw Damaged(name, "needs dtype, shape and two data_offsets");
        }

        return Entry(name, type.Value, sizes, offsets[0], offsets[1]);
    }

    private SafetensorsType ReadType(ref Utf8JsonReader reader, string name)
    {
        string text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        return Enum.GetNames<SafetensorsType>().Contains(text)
            ? Enum.Parse<SafetensorsType>(text)
            : throw new CalmException(
                $"{_path}: tensor {Quote.Name(name)} has dtype {Quote.Name(text)}; "
                + $"known are {string.Join(", ", Enum.GetNames<SafetensorsType>())}.");
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string name, string key)
    {
        List<long> numbers = [];
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.Number
                && reader.TryGetInt64(out long number) && number >= 0)
            {
                numbers.Add(number);
            }
        }

        return reader.TokenType == JsonTokenType.EndArray
            ? [.. numbers]
            : throw Damaged(name, $"has a {key} that is not a list of whole numbers from 0 to 2^63 - 1");
    }

    private SafetensorsEntry Entry(string name, SafetensorsType type, long[] sizes, long start, long end)
    {
        SafetensorsEntry entry = new(name, type, sizes, start, end - start);
        long bytes = type.Size();
        foreach (long size in sizes)
        {
            if (size != 0 && bytes > long.MaxValue / size)
            {
                throw Damaged(name, $"has shape {entry.ShapeText}, which has more than 2^63 bytes");
            }

            bytes *= size;
        }

        return end - start == bytes
            ? entry
            : throw Damaged(
                name,
                $"has {end - start} bytes (data_offsets [{start}, {end}]), "
                + $"its shape {entry.ShapeText} of {type} has {bytes}");
    }

    /// <summary>Checks that the tensors cover the data without overlaps or gaps.</summary>
    private void RequireFilled(long dataLength)
    {
        SafetensorsEntry? previous = null;
        long end = 0;
        var ordered = _entries.Values.OrderBy(entry => entry.Start).ThenBy(entry => entry.ByteCount);
        foreach (SafetensorsEntry entry in ordered)
        {
            if (entry.Start < end)
            {
                string other = Quote.Name(previous!.Name);
                throw Damaged(entry.Name, $"starts at byte {entry.Start}, inside tensor {other}");
            }

            if (entry.Start > end)
            {
                throw Damaged(entry.Name, $"starts at byte {entry.Start}, after a hole from byte {end}");
            }

            end += entry.ByteCount;
            if (end > dataLength)
            {
                throw Damaged(entry.Name, $"ends at byte {end} of the data, the file ends at byte {dataLength}");
            }

            previous = entry;
        }

        if (end < dataLength)
        {
            throw Damaged($"{dataLength - end} bytes after the last tensor belong to none");
        }
    }

    private CalmException Damaged(string name, string what) => Damaged($"tensor {Quote.Name(name)} {what}");

    private CalmException Damaged(string what) => new($"{_path}: {what}; the file is damaged, get it again.");
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A choice as a file has it.</summary>
/// <param name="Choice">The name of its sort.</param>
/// <param name="Of">The kernel, or what else it is about.</param>
/// <param name="Size">The class of sizes.</param>
/// <param name="Candidate">The candidate.</param>
internal sealed record TunedEntry(string Choice, string Of, string Size, string Candidate)
{
    /// <summary>The part that is there once in a table.</summary>
    [JsonIgnore]
    public (string Choice, string Of, string Size) Key => (Choice, Of, Size);
}

/// <summary>A table of tuned choices as a file, which may come from elsewhere.</summary>
/// <param name="Device">Make and model of the device.</param>
/// <param name="Driver">Its driver.</param>
/// <param name="Choices">The version of the choices: <see cref="ChoiceKinds.Version"/>.</param>
/// <param name="Entries">All that differs from the built-in choices.</param>
internal sealed record TuningFile(string Device, string Driver, string Choices, IReadOnlyList<TunedEntry> Entries)
{
    private const int MostBytes = 1 << 20;
    private const int MostEntries = 4096;
    private const int MostLetters = 256;

    private static readonly JsonSerializerOptions Json = new()
    {
        AllowDuplicateProperties = false,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
    };

    /// <summary>Reads a file and checks all that it says about choices.</summary>
    /// <exception cref="CalmException">It is not there, or it is no table of tuned choices.</exception>
    public static TuningFile Read(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read);
            byte[] bytes = new byte[MostBytes + 1];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MostBytes)
            {
                throw new JsonException("it is larger than 1 MB");
            }

            TuningFile? file = JsonSerializer.Deserialize<TuningFile>(bytes.AsSpan(0, length), Json);
            string? problem = file is null ? "it is empty" : file.Problem();
            return problem is null ? file! : throw new JsonException(problem);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or NotSupportedException)
        {
            throw new CalmException(
                $"{path}: is no table of tuned choices: {Reason(failure)}; delete it and tune again.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CalmException($"{path}: cannot be read: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    /// <summary>Writes the file as a whole; makes the folder that it is in.</summary>
    /// <exception cref="CalmException">It cannot be written.</exception>
    public void Write(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string temporary = Path.Combine(folder, Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(folder);
            using (FileStream stream = new(temporary, FileMode.CreateNew))
            {
                JsonSerializer.Serialize(stream, this, Json);
                stream.WriteByte((byte)'\n');
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            throw new CalmException($"{path}: cannot be written: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    // Messages of the serialiser name types of this program.
    private static string Reason(Exception failure) => failure switch
    {
        JsonException { Path: null } own => own.Message,
        JsonException { Path: { } place } => $"{Short(place)} is damaged or of another form",
        _ => "it is of another form",
    };

    private string? Problem()
    {
        if (Entries.Count > MostEntries)
        {
            return $"it has {Entries.Count} entries, at most {MostEntries} are expected";
        }

        HashSet<(string, string, string)> keys = [];
        foreach (TunedEntry? entry in Entries)
        {
            if (entry is null)
            {
                return "an entry is null";
            }

            if ((Problem(entry) ?? (keys.Add(entry.Key) ? null : "is there twice")) is { } problem)
            {
                return $"the entry {Short(entry.Choice)}, {Short(entry.Of)}, {Short(entry.Size)} {problem}";
            }
        }

        return new[] { Device, Driver, Choices }.Any(text => text.Length > MostLetters)
            ? $"the device's name, its driver's or the version has more than {MostLetters} letters"
            : null;
    }

    private static string? Problem(TunedEntry entry) => ChoiceKinds.Find(entry.Choice) is not { } kind
        ? "is of no known choice"
        : kind.Find(entry.Candidate) is null ? $"has the unknown candidate {Short(entry.Candidate)}"
        : !SizeClass.Is(entry.Size) ? "has sizes of another form than 512 x 256"
        : entry.Of.Length > MostLetters || entry.Of.Any(char.IsControl) ? "has no name of a kernel"
        : null;

    /// <summary>The beginning of a text of a file, fit for a line.</summary>
    internal static string Short(string text) => string.Concat(
        (text.Length <= 40 ? text : text[..40] + "...").Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}

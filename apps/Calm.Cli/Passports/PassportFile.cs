using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Files of passports. Those of others are read with bounds on all that is in them.</summary>
internal static class PassportFile
{
    /// <summary>The name of the format.</summary>
    public const string Format = "calm-passport";

    /// <summary>The version that is written and read.</summary>
    public const int Version = 1;

    private const int MostBytes = 4 << 20;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
        IndentSize = 1,
    };

    private static readonly JsonFile Json = new("a passport of a device", "calm passport writes one", Options);

    private sealed record Header(string Format, int Version);

    /// <summary>Writes a passport.</summary>
    public static void Write(string path, Passport passport) => SafeFile.Write(path, stream =>
    {
        JsonSerializer.Serialize(stream, passport, Options);
        stream.WriteByte((byte)'\n');
    });

    /// <summary>Reads a passport.</summary>
    /// <exception cref="CalmException">It cannot be read, is no passport, or is one of another version.</exception>
    public static Passport Read(string path)
    {
        ReadOnlySpan<byte> bytes = BoundedFile.Read(path, MostBytes);
        Header header = Json.Parse<Header>(bytes, path, found => found.Format != Format ? "it has another format" : null);
        return header.Version == Version
            ? Json.Parse<Passport>(bytes, path, PassportFaults.First)
            : throw new CalmException(
                $"{path}: is a passport of version {header.Version}, and this program reads version {Version}; make it again "
                + "with the same version of Calm.");
    }

    /// <summary>Reads passports to compare them.</summary>
    /// <exception cref="UsageException">Two are the same.</exception>
    public static IReadOnlyList<(string Path, Passport Passport)> ReadAll(IReadOnlyList<string> paths)
    {
        for (int i = 1; i < paths.Count; i++)
        {
            string same = paths.Take(i).FirstOrDefault(path => SafeFile.Target(path) == SafeFile.Target(paths[i]), "");
            if (same.Length > 0)
            {
                throw new UsageException($"{paths[i]}: is there twice; name each passport once.");
            }
        }

        return [.. paths.Select(path => (path, Read(path)))];
    }
}

using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A file of a checkpoint, as its manifest lists it.</summary>
internal sealed record CheckpointFile(string Name, long Bytes, string Sha256);

/// <summary>The manifest of a checkpoint, <c>manifest.json</c>. It is written last; a folder with it is complete.</summary>
internal sealed record CheckpointManifest(
    string Format, int Version, long Step, long Sequence, IReadOnlyList<CheckpointFile> Files)
{
    public const string FileName = "manifest.json";
    public const string FormatName = "calm-checkpoint";
    public const int FormatVersion = 1;

    /// <summary>The reason why no checkpoint has this manifest; null if one can.</summary>
    public string? Problem =>
        (Format, Version) != (FormatName, FormatVersion) ? $"it is not {FormatName} {FormatVersion}"
        : Files.All(file => file is { Name.Length: > 0 } && file.Name == Path.GetFileName(file.Name) && !file.Name.Contains('\0'))
            ? null
            : "a file has no name";

    public static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
        NewLine = "\n",
    };
}

/// <summary>A complete checkpoint: all files of its manifest are there, in their full length.</summary>
internal sealed class SavedCheckpoint
{
    private static readonly JsonFile Json =
        new("the manifest of a checkpoint", "use another checkpoint", CheckpointManifest.JsonOptions);

    private readonly CheckpointManifest _manifest;

    private SavedCheckpoint(string folder, CheckpointManifest manifest)
    {
        Folder = folder;
        _manifest = manifest;
    }

    /// <summary>The folder of its files.</summary>
    public string Folder { get; }

    /// <summary>Its name in the folder of checkpoints.</summary>
    public string Name => Path.GetFileName(Folder);

    /// <summary>The training step after which it was taken.</summary>
    public long Step => _manifest.Step;

    /// <summary>Its place in the order of saving; steps may repeat after a run went back.</summary>
    public long Sequence => _manifest.Sequence;

    /// <summary>The path of one of its files.</summary>
    public string this[string file] => Path.Combine(Folder, file);

    /// <summary>The checkpoint in a folder; null if it is none, or not complete.</summary>
    public static SavedCheckpoint? TryOpen(string folder)
    {
        string path = Path.Combine(folder, CheckpointManifest.FileName);
        if (folder.EndsWith(SafeFile.TemporarySuffix, StringComparison.Ordinal) || !File.Exists(path))
        {
            return null;
        }

        try
        {
            CheckpointManifest manifest = Json.Read<CheckpointManifest>(path, manifest => manifest.Problem);
            return manifest.Files.All(file => LengthOf(folder, file) == file.Bytes)
                ? new SavedCheckpoint(folder, manifest)
                : null;
        }
        catch (Exception failure) when (failure is CalmException || FileFailure.Is(failure))
        {
            return null;
        }
    }

    /// <summary>Compares every file with its hash, once in a process.</summary>
    /// <exception cref="CalmException">A file has changed since it was saved.</exception>
    public void Verify()
    {
        foreach (CheckpointFile file in _manifest.Files)
        {
            if (FileHash.Of(this[file.Name]) != file.Sha256)
            {
                throw new CalmException(
                    $"{this[file.Name]}: has changed since it was saved "
                    + $"(its hash differs from {CheckpointManifest.FileName}); use another checkpoint.");
            }
        }
    }

    /// <summary>Notes that the files are those of the manifest, since this process wrote them.</summary>
    public void MarkVerified()
    {
        foreach (CheckpointFile file in _manifest.Files)
        {
            FileHash.Remember(this[file.Name], file.Sha256);
        }
    }

    private static long LengthOf(string folder, CheckpointFile file)
    {
        FileInfo info = new(Path.Combine(folder, file.Name));
        return info.Exists ? info.Length : -1;
    }
}

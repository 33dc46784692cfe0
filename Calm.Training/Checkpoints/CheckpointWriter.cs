using System.Security.Cryptography;
using System.Text.Json;

namespace Calm.Training;

/// <summary>Writes the files of one checkpoint into a folder that is not visible to readers yet.</summary>
internal sealed class CheckpointWriter(string folder)
{
    private readonly List<CheckpointFile> _files = [];

    /// <summary>Writes a file and returns once it is on the disk.</summary>
    /// <param name="name">Its name without a folder.</param>
    /// <param name="write">Writes the contents to a stream that can seek.</param>
    public void Write(string name, Action<Stream> write)
    {
        string path = Path.Combine(folder, name);
        Disk.WriteFile(path, write);

        // From the page cache this costs little, and it covers what a writer that seeks has changed.
        using FileStream written = File.OpenRead(path);
        _files.Add(new CheckpointFile(name, written.Length, Convert.ToHexStringLower(SHA256.HashData(written))));
    }

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public void Write(string name, ReadOnlyMemory<byte> contents) => Write(name, stream => stream.Write(contents.Span));

    /// <summary>Writes the manifest, which makes the checkpoint complete.</summary>
    internal void WriteManifest(long step, long sequence)
    {
        CheckpointManifest manifest = new(
            CheckpointManifest.FormatName, CheckpointManifest.FormatVersion, step, sequence, _files);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, CheckpointManifest.JsonOptions);
        Disk.WriteFile(Path.Combine(folder, CheckpointManifest.FileName), stream => stream.Write(json));
    }
}

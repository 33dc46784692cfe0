using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The documents of files, folders and patterns, in the ordinal order of paths, read as they are asked for. Formats are told by
/// looking at the files: lines of JSON, an array of JSON objects, Parquet, ids of a tokenizer, and plain text, in gzip or
/// Zstandard or bare. Empty documents are left out.
/// </summary>
public sealed class TextSource
{
    private static readonly string[] FolderPatterns =
    [
        "*.txt", "*.jsonl", "*.parquet", "*.txt.gz", "*.jsonl.gz", "*.json.gz", "*.txt.zst", "*.jsonl.zst", "*.json.zst",
    ];

    private readonly TextOptions _options;

    private TextSource(IReadOnlyList<string> files, TextOptions options) => (Files, _options) = (files, options);

    /// <summary>The files, in the order in which they are read.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Finds the files.</summary>
    /// <param name="paths">Files; folders, for their files of text at any depth; patterns with * and **.</param>
    /// <exception cref="CalmException">A path names nothing.</exception>
    public static TextSource Open(params ReadOnlySpan<string> paths) => Open(new TextOptions(), paths);

    /// <inheritdoc cref="Open(ReadOnlySpan{string})"/>
    /// <param name="options">Choices in reading them.</param>
    /// <param name="paths">Files; folders, for their files of text at any depth; patterns with * and **.</param>
    public static TextSource Open(TextOptions options, params ReadOnlySpan<string> paths)
    {
        SortedSet<string> files = new(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            try
            {
                files.UnionWith(Find(path, options));
            }
            catch (Exception failure) when (FileFailure.Is(failure))
            {
                throw FileFailure.Reading(path, failure);
            }
        }

        // A file may be named in several ways.
        return new TextSource([.. files.DistinctBy(Path.GetFullPath)], options);
    }

    /// <summary>Reads the documents; each call reads the files again.</summary>
    /// <exception cref="CalmException">A file cannot be read or is broken, or all are empty.</exception>
    public IEnumerable<Document> Documents()
    {
        bool any = false;
        foreach (Document document in All().Where(document => !document.Text.IsEmpty))
        {
            any = true;
            yield return document;
        }

        if (!any)
        {
            string which = Files.Count == 1 ? "the file is" : $"all {Files.Count} files are";
            throw new CalmException($"{NameOf(Files[0])}: {which} empty; give some text.");
        }
    }

    /// <summary>Reads the documents, the empty ones as well.</summary>
    internal IEnumerable<Document> All()
    {
        TextProgress? progress = _options.Progress is { } report ? new TextProgress(Files.Sum(Length), report) : null;
        return Files.SelectMany(file => Read(file, NameOf(file), progress));
    }

    private IEnumerable<Document> Read(string path, string name, TextProgress? progress)
    {
        TextFormat format = Look(path, name);
        return format == TextFormat.Parquet
            ? ParquetText.Read(path, name, _options.Field, progress)
            : Read(path, name, format, progress);
    }

    private IEnumerable<Document> Read(string path, string name, TextFormat format, TextProgress? progress)
    {
        using TextStream text = TextStream.Open(path, name, progress);
        IEnumerable<Document> documents = format switch
        {
            TextFormat.JsonLines => JsonLines.Read(text, name, _options.Field),
            TextFormat.JsonArray => JsonObjects.Read(text, name, _options.Field),
            TextFormat.Ids => IdFile.Read(text, name, _options.Ids),
            _ => PlainText.Read(text, name, text.IsCompressed ? 0 : text.FileBytes),
        };
        foreach (Document document in documents)
        {
            yield return document;
        }
    }

    private static TextFormat Look(string path, string name)
    {
        using TextStream text = TextStream.Open(path, name);
        byte[] start = new byte[TextFormats.BytesToTell];
        int count = text.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        TextFormat format = TextFormats.Of(start.AsSpan(0, count), name);
        return format == TextFormat.Parquet && text.IsCompressed
            ? throw new CalmException(
                $"{name}: is a compressed Parquet file, which cannot be read in place; decompress it first.")
            : format;
    }

    private string NameOf(string file) => file == _options.StandardInput ? "standard input" : file;

    private static long Length(string file)
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            return 0; // whoever reads it will say why
        }
    }

    private static List<string> Find(string path, TextOptions options)
    {
        if (path == TextOptions.StandardInputPath && options.StandardInput is { } kept)
        {
            return [kept];
        }

        if (Disk.IsDeviceOrPipe(path))
        {
            throw new CalmException(
                $"{path}: is a pipe or a device, which cannot be read twice; save the text to a file, or give it as standard "
                + "input (-).");
        }

        if (File.Exists(path))
        {
            return [path];
        }

        if (Directory.Exists(path))
        {
            List<string> inFolder =
                [.. FolderPatterns.SelectMany(name => FileGlob.Expand(path.TrimEnd('/') + "/**/" + name))];
            return inFolder.Count > 0
                ? inFolder
                : throw new CalmException(
                    $"{path}: the folder has no .txt, .jsonl or .parquet file; "
                    + $"name the files, or a pattern such as '{path.TrimEnd('/')}/**/*.md'.");
        }

        List<string> matched = FileGlob.IsPattern(path)
            ? [.. FileGlob.Expand(path)]
            : throw new CalmException($"{path}: no such file or folder.");
        return matched.Count > 0
            ? matched
            : throw new CalmException(
                $"{path}: the pattern matches no file (** stands for folders, * for a part of a name).");
    }
}

using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The documents of files, folders and patterns, in the ordinal order of paths, read as they are asked for. A .jsonl
/// file holds a document a line, in its <c>text</c>, and so does a .json file whose first line is such an object; any other
/// file is one document. Empty documents are left out.
/// </summary>
public sealed class TextSource
{
    private static readonly string[] FolderPatterns = ["*.txt", "*.jsonl"];

    private TextSource(IReadOnlyList<string> files) => Files = files;

    /// <summary>The files, in the order in which they are read.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Finds the files.</summary>
    /// <param name="paths">Files; folders, for their .txt and .jsonl files at any depth; patterns with * and **.</param>
    /// <exception cref="CalmException">A path names nothing.</exception>
    public static TextSource Open(params ReadOnlySpan<string> paths)
    {
        SortedSet<string> files = new(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            try
            {
                files.UnionWith(Find(path));
            }
            catch (Exception failure) when (FileFailure.Is(failure))
            {
                throw FileFailure.Reading(path, failure);
            }
        }

        return new TextSource([.. files]);
    }

    /// <summary>Reads the documents; each call reads the files again.</summary>
    /// <exception cref="CalmException">A file cannot be read or is not what its name says, or all are empty.</exception>
    public IEnumerable<Document> Documents()
    {
        bool any = false;
        foreach (string file in Files)
        {
            bool isJsonLines = file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
                || (file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && JsonLines.Is(file));
            foreach (Document document in isJsonLines ? JsonLines.Read(file) : PlainText.Read(file))
            {
                if (!document.Text.IsEmpty)
                {
                    any = true;
                    yield return document;
                }
            }
        }

        if (!any)
        {
            string which = Files.Count == 1 ? "the file is" : $"all {Files.Count} files are";
            throw new CalmException($"{Files[0]}: {which} empty; give some text.");
        }
    }

    private static List<string> Find(string path)
    {
        if (Disk.IsDeviceOrPipe(path))
        {
            throw new CalmException($"{path}: is a pipe or a device, which cannot be read twice; save the text to a file.");
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
                    $"{path}: the folder has no .txt or .jsonl file; "
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

using System.IO.Enumeration;

namespace Calm.Training;

/// <summary>File names with <c>*</c> and <c>?</c> within a name and <c>**</c> for any number of folders.</summary>
internal static class FileGlob
{
    private const string AnyFolders = "**";

    /// <summary>Whether a path is a pattern.</summary>
    public static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>The files that a pattern matches; hidden names and links to folders only if spelled out.</summary>
    public static IEnumerable<string> Expand(string pattern)
    {
        string[] parts = pattern.Split(['/', Path.DirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        int fixedParts = Math.Min(parts.TakeWhile(part => !IsPattern(part)).Count(), parts.Length - 1);
        string start = (pattern[0] == '/' ? "/" : "") + string.Join('/', parts[..fixedParts]);
        start = start.Length == 0 ? "." : start;
        return Directory.Exists(start) ? Match(start, parts.AsMemory(fixedParts)) : [];
    }

    private static IEnumerable<string> Match(string folder, ReadOnlyMemory<string> parts)
    {
        string part = parts.Span[0];
        ReadOnlyMemory<string> rest = parts[1..];
        if (part == AnyFolders)
        {
            IEnumerable<string> below = Folders(folder, "*").SelectMany(name => Match(name, parts));
            return rest.IsEmpty ? Files(folder, "*").Concat(below) : Match(folder, rest).Concat(below);
        }

        return rest.IsEmpty ? Files(folder, part) : Folders(folder, part).SelectMany(name => Match(name, rest));
    }

    private static IEnumerable<string> Files(string folder, string part) =>
        Directory.EnumerateFiles(folder).Where(path => MatchesName(part, path));

    private static IEnumerable<string> Folders(string folder, string part) =>
        IsPattern(part)
            ? Directory.EnumerateDirectories(folder).Where(path => MatchesName(part, path) && !IsLink(path))
            : new[] { Path.Combine(folder, part) }.Where(Directory.Exists);

    private static bool MatchesName(string part, string path)
    {
        string name = Path.GetFileName(path);
        return (name[0] != '.' || part[0] == '.')
            && FileSystemName.MatchesSimpleExpression(part, name, ignoreCase: false);
    }

    // A link may lead back up.
    private static bool IsLink(string path) => new DirectoryInfo(path).LinkTarget is not null;
}

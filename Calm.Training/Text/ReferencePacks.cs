using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Finds the documentation files of the .NET SDK.</summary>
internal static class ReferencePacks
{
    private static readonly string[] PackNames = ["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"];

    private static readonly string[] UsualRoots =
    [
        "/usr/share/dotnet", "/usr/lib/dotnet", "/usr/lib64/dotnet", "/usr/local/share/dotnet",
        @"C:\Program Files\dotnet",
    ];

    /// <summary>The documentation files of this machine's SDK, in a fixed order.</summary>
    /// <exception cref="CalmException">There are none.</exception>
    public static IReadOnlyList<string> Find()
    {
        // .../dotnet/shared/Microsoft.NETCore.App/10.0.0/
        string runtime = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..");
        string?[] roots = [runtime, Environment.GetEnvironmentVariable("DOTNET_ROOT"), .. UsualRoots];
        return Find(roots.OfType<string>());
    }

    /// <summary>The documentation files of the first of these installations that has any.</summary>
    public static IReadOnlyList<string> Find(IEnumerable<string> roots) =>
        roots.Select(FilesUnder).FirstOrDefault(files => files.Count > 0)
        ?? throw new CalmException(
            "the .NET SDK's reference documentation (packs/Microsoft.NETCore.App.Ref) is not on this machine; "
            + "give text of your own.");

    private static List<string> FilesUnder(string root)
    {
        // The ASP.NET pack repeats the files of the other one.
        Dictionary<string, string> pathOfName = new(StringComparer.Ordinal);
        foreach (string pack in PackNames)
        {
            string? version = Newest(Path.Combine(root, "packs", pack));
            string? framework = version is null ? null : Newest(Path.Combine(version, "ref"));
            foreach (string file in framework is null ? [] : Directory.EnumerateFiles(framework, "*.xml"))
            {
                pathOfName.TryAdd(Path.GetFileName(file), file);
            }
        }

        return [.. pathOfName.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Value)];
    }

    /// <summary>The folder with the highest version in its name: 10.0.1 is above 9.0.9 and above 10.0.1-rc.2.</summary>
    private static string? Newest(string folder) =>
        Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder)
                .OrderBy(path => VersionOf(Path.GetFileName(path)))
                .ThenBy(path => !Path.GetFileName(path).Contains('-', StringComparison.Ordinal))
                .ThenBy(path => path, StringComparer.Ordinal)
                .LastOrDefault()
            : null;

    private static Version VersionOf(string name)
    {
        // net10.0 is a version too.
        string numbers = name.Split('-')[0].TrimStart('n', 'e', 't');
        return Version.TryParse(numbers, out Version? version) ? version : new Version(0, 0);
    }
}

using System.Runtime.CompilerServices;

namespace Calm.Training.Tests;

/// <summary>What docs/architecture.md promises about the source.</summary>
public sealed class ArchitectureTests
{
    private const int MostLines = 500;
    private const int MostColumns = 130;

    private static readonly string[] Rooms = ["Calm.Runtime", "Calm.Kernels", "Calm.Training"];

    [Fact]
    public void Only_device_files_name_ILGPU()
    {
        string[] folders = [.. Rooms, "tests", "bench"];
        IEnumerable<string> offenders = folders.SelectMany(SourceFiles)
            .Where(file => !file.EndsWith(".Device.cs", StringComparison.Ordinal))
            .Where(file => File.ReadLines(file).Any(line => line.TrimStart().StartsWith("using ILGPU", StringComparison.Ordinal)));
        Assert.Equal([], offenders);
    }

    [Fact]
    public void Training_has_no_device_files() =>
        Assert.DoesNotContain(SourceFiles("Calm.Training"), file => file.EndsWith(".Device.cs", StringComparison.Ordinal));

    [Fact]
    public void Imports_point_down()
    {
        for (int room = 0; room < Rooms.Length; room++)
        {
            string[] above = Rooms[(room + 1)..];
            IEnumerable<string> offenders = SourceFiles(Rooms[room])
                .Where(file => above.Any(name => File.ReadAllText(file).Contains($"using {name};", StringComparison.Ordinal)));
            Assert.Equal([], offenders);
        }
    }

    [Fact]
    public void Files_stay_short()
    {
        string[] folders = [.. Rooms, "tests", "bench"];
        IEnumerable<string> offenders = folders.SelectMany(SourceFiles)
            .Where(file => File.ReadLines(file).Count() > MostLines);
        Assert.Equal([], offenders);
    }

    [Fact]
    public void Lines_stay_short()
    {
        IEnumerable<string> offenders = Rooms.SelectMany(SourceFiles)
            .SelectMany(file => File.ReadLines(file).Select((line, i) => (file, line, number: i + 1)))
            .Where(at => at.line.Length > MostColumns)
            .Select(at => $"{at.file}:{at.number}: {at.line.Length} columns");
        Assert.Equal([], offenders);
    }

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    private static IEnumerable<string> SourceFiles(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && !file.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
}

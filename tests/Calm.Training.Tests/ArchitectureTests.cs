using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Calm.Training.Tests;

/// <summary>The rules of docs/architecture.md and CONTRIBUTING.md for the source.</summary>
public sealed partial class ArchitectureTests
{
    private const int MostLines = 500;
    private const int MostColumns = 130;

    private static readonly string[] Libraries = ["Calm.Runtime", "Calm.Kernels", "Calm.Training"];
    private static readonly string[] Projects = [.. Libraries, "apps/Calm.Cli"];

    /// <summary>The rooms of Calm.Training, each with what it may use before it.</summary>
    private static readonly string[] Rooms =
    [
        "Files", "Settings", "Statistics", "Text", "Tokenization", "Data", "TensorFiles", "Layers", "Heads", "Models",
        "Optimization", "Checkpoints", "Configuration", "Runs", "Sampling", "Evaluation", "Series", "Loop",
    ];

    [Fact]
    public void Only_device_files_name_ILGPU()
    {
        string[] folders = [.. Projects, "tests", "bench", "samples"];
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
        string[] namespaces = [.. Projects.Select(project => Path.GetFileName(project))];
        for (int project = 0; project < Projects.Length; project++)
        {
            string[] above = namespaces[(project + 1)..];
            IEnumerable<string> offenders = SourceFiles(Projects[project])
                .Where(file => above.Any(name => File.ReadAllText(file).Contains($"using {name};", StringComparison.Ordinal)));
            Assert.Equal([], offenders);
        }
    }

    /// <summary>A file may name the types of its own room and of those before it.</summary>
    [Fact]
    public void Rooms_of_Calm_Training_use_only_those_before_them()
    {
        string[] folders = [.. Rooms.Select(room => $"Calm.Training/{room}")];
        Assert.Equal(SourceFiles("Calm.Training").Order(), folders.SelectMany(SourceFiles).Order());
        Dictionary<string, int> roomOf = [];
        for (int room = 0; room < Rooms.Length; room++)
        {
            foreach (Match type in SourceFiles(folders[room]).SelectMany(file => TypeName().Matches(Code(file))))
            {
                roomOf[type.Groups[1].Value] = room;
            }
        }

        IEnumerable<string> offenders =
            from room in Enumerable.Range(0, Rooms.Length)
            from file in SourceFiles(folders[room])
            from word in CapitalWord().Matches(Code(file)).Select(match => match.Value).Distinct()
            where roomOf.TryGetValue(word, out int other) && other > room
            select $"{Rooms[room]}/{Path.GetFileName(file)} names {word} of {Rooms[roomOf[word]]}";
        Assert.Equal([], offenders);
    }

    /// <summary>Libraries report and throw; programs print, exit and have options.</summary>
    [Fact]
    public void Libraries_neither_print_nor_exit_nor_name_options()
    {
        IEnumerable<string> offenders =
            from file in Libraries.SelectMany(SourceFiles)
            where Path.GetFileName(file) != "Ptxas.cs" // starts a program with options of its own
            from line in Code(file).Split('\n')
            where OnlyInPrograms().IsMatch(line)
            select $"{file}: {line.Trim()}";
        Assert.Equal([], offenders);
    }

    [Fact]
    public void Files_stay_short()
    {
        string[] folders = [.. Projects, "tests", "bench", "samples"];
        IEnumerable<string> offenders = folders.SelectMany(SourceFiles)
            .Where(file => File.ReadLines(file).Count() > MostLines);
        Assert.Equal([], offenders);
    }

    [Fact]
    public void Lines_stay_short()
    {
        IEnumerable<string> offenders = Projects.SelectMany(SourceFiles)
            .SelectMany(file => File.ReadLines(file).Select((line, i) => (file, line, number: i + 1)))
            .Where(at => at.line.Length > MostColumns)
            .Select(at => $"{at.file}:{at.number}: {at.line.Length} columns");
        Assert.Equal([], offenders);
    }

    /// <summary>Docs say what a thing is or does: they begin with a noun or a verb.</summary>
    [Fact]
    public void Docs_do_not_begin_with_question_words()
    {
        IEnumerable<string> offenders =
            from file in Projects.SelectMany(SourceFiles)
            from Match doc in QuestionDoc().Matches(File.ReadAllText(file))
            select $"{file}: {doc.Value}";
        Assert.Equal([], offenders);
    }

    /// <summary>A file without its comments.</summary>
    private static string Code(string file) => Comment().Replace(File.ReadAllText(file), "");

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(
        @"^(?:public|internal) [\w ]*?(?:class|struct|interface|enum|record|delegate \w+)\s+(?:struct |class )?(\w+)",
        RegexOptions.Multiline)]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex CapitalWord();

    [GeneratedRegex(@"\bConsole\.|\bEnvironment\.Exit|""[^""]*--[a-z]")]
    private static partial Regex OnlyInPrograms();

    [GeneratedRegex(
        @"///\s*<(?:summary|(?:type)?param|returns|remarks|content|exception)\b[^>]*>\s*(?:///\s*)?" +
        @"(?:Where|What|Who|Whose|Whom|How|Which|Why)\b.*")]
    private static partial Regex QuestionDoc();

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    private static IEnumerable<string> SourceFiles(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && !file.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
}

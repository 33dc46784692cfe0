using System.Text.RegularExpressions;

namespace Calm.Cli.Tests;

/// <summary>docs/laboratory.md shows the code of the samples, and commands whose options exist.</summary>
public sealed partial class LaboratoryPageTests
{
    private static readonly Dictionary<string, string> Helps = [];

    private static string Page { get; } = File.ReadAllText(Path.Combine(Programs.Root, "docs", "laboratory.md"));

    public static TheoryData<string> Commands() =>
        [.. CommandPattern().Matches(Page).Select(match => match.Groups["command"].Value.TrimEnd()).Distinct()];

    [Fact]
    public void Code_is_that_of_the_samples()
    {
        MatchCollection blocks = CodePattern().Matches(Page);
        Assert.Equal(CodeBlockPattern().Count(Page), blocks.Count);
        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(
            Unindented(block.Groups["code"].Value),
            Unindented(File.ReadAllText(Path.Combine(Programs.Root, block.Groups["file"].Value))), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Command_has_options_that_exist(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string help = HelpOf(words[0]);
        Assert.All(words.Where(word => word.StartsWith("--", StringComparison.Ordinal)), option => Assert.Matches(
            $@"(^|\s){Regex.Escape(option)}(\s|,|$)", help));
    }

    [Fact]
    public void Files_that_are_named_exist() =>
        Assert.All(
            FilePattern().Matches(Page).Select(match => match.Value),
            file => Assert.True(
                File.Exists(Path.Combine(Programs.Root, file)) || Directory.Exists(Path.Combine(Programs.Root, file)), file));

    private static string HelpOf(string command)
    {
        lock (Helps)
        {
            if (!Helps.TryGetValue(command, out string? help))
            {
                (int code, help, _) = CommandLineTests.Calm(command, "--help");
                Assert.Equal(0, code);
                Helps.Add(command, help);
            }

            return help;
        }
    }

    private static string Unindented(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.Trim())).Trim();

    // Up to a comment, a pipe or a redirection.
    [GeneratedRegex(@"(\./calm|libtorch\.sh) (?<command>(bench|kernels|verify)( [^#|>\n`]*)?)")]
    private static partial Regex CommandPattern();

    [GeneratedRegex(@"<!-- (?<file>samples/\S+) -->\n```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"^```csharp$", RegexOptions.Multiline)]
    private static partial Regex CodeBlockPattern();

    [GeneratedRegex(@"(?<![\w/.])(samples|bench|tests)/(?!\S*/bin/)[\w/.]*\w(?![\w/])")]
    private static partial Regex FilePattern();
}

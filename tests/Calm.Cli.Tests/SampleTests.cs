using System.Globalization;
using System.Text.RegularExpressions;

namespace Calm.Cli.Tests;

/// <summary>The programs of samples/, as they run, and as docs/library.md shows them.</summary>
public sealed partial class SampleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_prints_values_and_a_gradient()
    {
        string[] lines = Run("Tensors").TrimEnd('\n').Split('\n');
        Assert.Equal("loss []: 0.9036", lines[1]);
        Assert.StartsWith("gradient of weight [3, 2]: ", lines[2], StringComparison.Ordinal);
        Assert.Equal("softmax [1, 3]: 0.0900 0.2447 0.6652", lines[3]);
    }

    [Fact]
    public void Regression_learns()
    {
        double[] losses = Losses("host", "300");
        Assert.Equal(3, losses.Length);
        Assert.True(losses[2] < 0.01, $"loss {losses[2]}");
    }

    /// <summary>Few steps: each thread of the emulator is one of the system's.</summary>
    [Fact]
    [Trait("tier", "emulator")]
    public void Regression_learns_the_same_on_a_device() =>
        Assert.Equal(Losses("host", "20")[0], Losses("emulated", "20")[0], 2e-4);

    [Fact]
    public void A_tiny_model_is_trained_from_text_and_writes()
    {
        string text = _folder.Write("text.txt", string.Concat(Enumerable.Repeat("The quick brown fox jumps over the lazy dog.\n", 2000)));
        string run = _folder["tiny"];
        Assert.Contains("BrierLM", Run("TrainTinyCalm", text, run), StringComparison.Ordinal);
        string calm = Path.Combine(run, "calm");
        string first = Written(Run("Generate", calm, "The quick"));
        Assert.NotEmpty(first);
        Assert.Equal(first, Written(Run("Generate", calm, "The quick")));
    }

    [Fact]
    public void A_missing_run_is_told_in_one_line()
    {
        (int code, _, string error) = Programs.Run("dotnet", _folder.Root, Programs.Built("samples/Generate"), _folder["none"]);
        Assert.Equal(1, code);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void The_library_page_shows_the_samples_as_they_are()
    {
        string page = File.ReadAllText(Path.Combine(Programs.Root, "docs", "library.md"));
        MatchCollection blocks = CodePattern().Matches(page);
        Assert.Equal(5, blocks.Count);
        Assert.All(blocks, block => Assert.Equal(
            File.ReadAllText(Path.Combine(Programs.Root, block.Groups["file"].Value)), block.Groups["code"].Value));
    }

    [Fact]
    public void Samples_are_short() =>
        Assert.All(
            Directory.EnumerateFiles(Path.Combine(Programs.Root, "samples"), "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)),
            file => Assert.InRange(File.ReadLines(file).Count(), 1, 99));

    // Everything but the line of times.
    private static string Written(string output) => output[..output.LastIndexOf('(')];

    private double[] Losses(params string[] arguments) =>
        [.. LossPattern().Matches(Run("Regression", arguments)).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    private string Run(string sample, params string[] arguments) =>
        Programs.MustRun("dotnet", _folder.Root, [Programs.Built($"samples/{sample}"), .. arguments]);

    [GeneratedRegex(@"loss (\d+\.\d+)")]
    private static partial Regex LossPattern();

    [GeneratedRegex(@"<!-- (?<file>samples/\S+) -->\n```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodePattern();
}

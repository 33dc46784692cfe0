using System.CommandLine;
using System.CommandLine.Help;

namespace Calm.Cli.Tests;

/// <summary>The messages for wrong words on the command line.</summary>
public sealed class WordTests
{
    private static readonly string[] WrongValues = ["abc", "", "0,5", "NaN", "1e400", "-1", "99999999999999999999999", "true false"];

    /// <summary>Every option of every command with values that it may not take: what is refused is refused in clear words.</summary>
    [Fact]
    public void No_value_of_any_option_is_refused_in_the_words_of_the_parser()
    {
        Command root = CommandLine.Build(new Terminal(TextWriter.Null, TextWriter.Null));
        int refused = 0;
        foreach ((string[] path, Command command) in Commands(root, []))
        {
            foreach (Option option in command.Options.Concat(root.Options).Where(o => o is not (HelpOption or VersionOption)))
            {
                foreach (string[] typed in WrongValues.SelectMany<string, string[]>(
                    value => [[option.Name, value], [$"{option.Name}={value}"]]).Append([option.Name, "1", option.Name, "2"]))
                {
                    string? message = ParseErrors.Find(CommandLine.Parse(root, [.. path, .. typed]));
                    refused += message is null ? 0 : 1;
                    AssertClear(message, $"{string.Join(' ', path)} {string.Join(' ', typed)}");
                    bool isOther = message is not null && (option is Option<bool> || message.Contains("is missing", StringComparison.Ordinal)
                        || message.Contains("word too many", StringComparison.Ordinal)
                        || message.Contains("'': is empty", StringComparison.Ordinal)
                        || message.Contains("needs a command", StringComparison.Ordinal)
                        || message.Contains("no such command", StringComparison.Ordinal));
                    Assert.True(
                        message is null || isOther || message.StartsWith(option.Name, StringComparison.Ordinal),
                        $"{string.Join(' ', typed)}: {message}");
                }
            }

            AssertClear(ParseErrors.Find(CommandLine.Parse(root, path)), string.Join(' ', path));
            AssertClear(ParseErrors.Find(CommandLine.Parse(root, [.. path, "abc", "def", "ghi"])), string.Join(' ', path));
        }

        Assert.True(refused > 500, $"{refused} were refused");
    }

    [Theory]
    [InlineData("--promt: calm generate has no such option; did you mean --prompt?", "generate", "--promt", "x")]
    [InlineData("--promt: calm generate has no such option; did you mean --prompt?", "generate", "run", "--promt", "x")]
    [InlineData("--zzz: calm generate has no such option. ", "generate", "run", "--zzz")]
    [InlineData("--stesp: calm train calm has no such option; did you mean --steps?", "train", "calm", "--stesp=5")]
    [InlineData("--resum: calm train calm has no such option; did you mean --resume?", "train", "calm", "--run", "--resum")]
    [InlineData("devicez: calm has no such command; did you mean devices?", "devicez")]
    [InlineData("xyzzy: calm has no such command. ", "xyzzy")]
    [InlineData("clam: calm train has no such command; did you mean calm?", "train", "clam")]
    [InlineData("--op Nothing: no such op.\n", "kernels", "--op", "Nothing")]
    [InlineData("--op rmsnorm: no such op; did you mean RmsNorm?", "kernels", "--op", "rmsnorm")]
    [InlineData("--family tilde: must be one of direct, tiled; did you mean tiled?", "kernels", "--family", "tilde")]
    [InlineData("--family round: must be one of direct, tiled. ", "kernels", "--family", "round")]
    [InlineData("b: is one word too many", "evaluate", "a", "b")]
    [InlineData("abc: is one word too many; --json takes no value", "devices", "--json=abc")]
    [InlineData("--seed: needs a value.", "train", "calm", "--seed")]
    [InlineData("--steps 1e400: must be a whole number of at most 2147483647.", "train", "calm", "--steps", "1e400")]
    [InlineData("calm train needs a command: autoencoder, calm, ar.", "train")]
    [InlineData("<run> is missing.", "evaluate")]
    [InlineData("--estimator publish: must be clamped or published; did you mean published?", "brier", "f", "--estimator", "publish")]
    public void A_message_blames_the_word_that_is_wrong_and_suggests_what_is_near(string message, params string[] args)
    {
        (int code, string output, string error) = CommandLineTests.Calm(args);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith($"calm: {message}", error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("calm.head=enrgy", "must be one of energy, diffusion, flow; did you mean energy?")]
    [InlineData("calm.hidden_size=0,5", "calm.hidden_size 0,5: must be a whole number.")]
    [InlineData("calm.hidden_size=1e400", "must be a whole number that is not so huge.")]
    [InlineData("calm_training.recompute=3", "calm_training.recompute 3: must be true or false.")]
    [InlineData("calm_training.learning_rate=fast", "calm_training.learning_rate fast: must be a number such as 0.5.")]
    [InlineData("calm.hiden_size=1", "unknown key calm.hiden_size; did you mean calm.hidden_size?")]
    [InlineData("calm.nothing=1", "unknown key calm.nothing.")]
    public void A_setting_is_refused_in_clear_words(string setting, string message) => Assert.Contains(
        message, CommandLineTests.Calm("train", "calm", "--dry-run", "--device", "host", "--set", setting).Error,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("runs/a-b", "runs/a-b")]
    [InlineData("", "''")]
    [InlineData("the end", "'the end'")]
    [InlineData("don't", @"'don'\''t'")]
    [InlineData("a\n'b\u001b", @"$'a\u000a\'b\u001b'")]
    public void A_suggested_command_can_be_typed_in_one_line(string value, string quoted) =>
        Assert.Equal(quoted, TypedCommand.Quoted(value));

    [Fact]
    public void More_threads_than_processors_are_remarked_on() => Assert.Contains(
        $"--threads 500: this machine has {Environment.ProcessorCount} processor",
        CommandLineTests.Calm("train", "calm", "--dry-run", "--device", "host", "--threads", "500").Error, StringComparison.Ordinal);

    private static void AssertClear(string? message, string typed)
    {
        string[] foreign = ["System.", "unexpected", "Int32", "Argument '", "Option '", "\n"];
        Assert.All(foreign, word => Assert.False(
            message?.Contains(word, StringComparison.Ordinal) == true, $"{typed}: {message}"));
    }

    private static IEnumerable<(string[] Path, Command Command)> Commands(Command command, string[] path)
    {
        yield return (path, command);
        foreach (Command below in command.Subcommands)
        {
            foreach ((string[], Command) one in Commands(below, [.. path, below.Name]))
            {
                yield return one;
            }
        }
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;

namespace Calm.Cli;

/// <summary>A command as typed, for the page of a study.</summary>
internal static class TypedCommand
{
    private const string SafeInShell = "-_./=,:+@%";

    /// <summary>The beginning followed by every given option, in the order of typing.</summary>
    /// <param name="beginning">The words before the options: ./calm study k.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="without">Options to leave out.</param>
    public static string Of(string beginning, ParseResult parsed, params Option[] without)
    {
        IEnumerable<OptionResult> given = parsed.CommandResult.Children.OfType<OptionResult>()
            .Where(one => !one.Implicit && parsed.CommandResult.Command.Options.Contains(one.Option))
            .Where(one => !without.Contains(one.Option));
        return string.Concat([beginning, .. given.SelectMany(Parts).Select(part => $" {part}")]);
    }

    private static IEnumerable<string> Parts(OptionResult option)
    {
        string name = option.IdentifierToken?.Value ?? option.Option.Name;
        IEnumerable<string> values = option.Tokens.Select(token => Quoted(token.Value));
        return option.Tokens.Count == 0 || option.Option.AllowMultipleArgumentsPerToken
            ? values.Prepend(name)
            : values.Select(value => $"{name} {value}");
    }

    /// <summary>A value quoted for a shell, in one line: bash and zsh know $'...' for control characters.</summary>
    public static string Quoted(string value) =>
        value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || SafeInShell.Contains(c))
            ? value
        : value.Any(char.IsControl)
            ? $"$'{string.Concat(value.Select(Escaped))}'"
            : $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Escaped(char c) => c switch
    {
        '\'' or '\\' => $"\\{c}",
        _ when char.IsControl(c) => $"\\u{(int)c:x4}",
        _ => $"{c}",
    };
}

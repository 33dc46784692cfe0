using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Calm.Cli;

/// <summary>Says in one line what is wrong with a command line, by the word that is wrong.</summary>
internal static class ParseErrors
{
    /// <summary>Options whose values are texts, which may begin with a hyphen.</summary>
    private static readonly string[] Texts = ["--prompt", "--text", "--like"];

    /// <summary>The fault of a command line; null if there is none.</summary>
    public static string? Find(ParseResult parsed) =>
        UnknownOption(parsed) ?? Unmatched(parsed) ?? FirstError(parsed) ?? EmptyValue(parsed);

    /// <summary>A word that looks like an option and is none; the parser may have taken it for a value.</summary>
    private static string? UnknownOption(ParseResult parsed)
    {
        HashSet<Token> texts = new(
            parsed.CommandResult.Children.OfType<OptionResult>()
                .Where(option => Texts.Contains(option.Option.Name)).SelectMany(option => option.Tokens),
            ReferenceEqualityComparer.Instance);
        Token? unknown = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .FirstOrDefault(token => token.Type == TokenType.Argument && !texts.Contains(token) && LooksLikeOption(token.Value));
        if (unknown is null)
        {
            return null;
        }

        string name = unknown.Value.Split('=', ':')[0];
        return $"{name}: {CommandOf(parsed)} has no such option{Suggestion.For(name, OptionsOf(parsed))}";
    }

    private static bool LooksLikeOption(string word) =>
        word.Length > 1 && word[0] == '-' && word != "--" && (word[1] == '-' || char.IsAsciiLetter(word[1]))
        && !double.TryParse(word, CultureInfo.InvariantCulture, out _);

    private static string? Unmatched(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is not [string word, ..])
        {
            return null;
        }

        Command command = parsed.CommandResult.Command;
        return command.Subcommands.Count > 0
            ? $"{word}: {CommandOf(parsed)} has no such command"
                + Suggestion.For(word, command.Subcommands.Select(one => one.Name))
            : FlagBefore(parsed, word) is { } flag
                ? $"{word}: is one word too many; {flag} takes no value."
                : $"{word}: is one word too many; quote a value that has spaces in it.";
    }

    /// <summary>The option without a value that stands before a word; null if there is none.</summary>
    private static string? FlagBefore(ParseResult parsed, string word)
    {
        int at = parsed.Tokens.Select(token => token.Value).ToList().IndexOf(word);
        return at > 0 && parsed.Tokens[at - 1].Type == TokenType.Option ? parsed.Tokens[at - 1].Value : null;
    }

    private static string? FirstError(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0)
        {
            return null;
        }

        // Messages that begin with a name are this program's own.
        ParseError error = parsed.Errors.FirstOrDefault(one => one.Message.StartsWith("--", StringComparison.Ordinal))
            ?? parsed.Errors[0];
        return error.SymbolResult switch
        {
            _ when IsOwn(error) => error.Message,
            OptionResult { IdentifierTokenCount: > 1 } option =>
                $"{option.Option.Name}: is given {option.IdentifierTokenCount} times, and takes one value.",
            OptionResult { Tokens.Count: 0, Option.Required: true, Implicit: true } option =>
                $"{option.Option.Name}: is missing.",
            OptionResult { Tokens.Count: 0 } option => $"{option.Option.Name}: needs a value.",
            OptionResult option => $"{option.Option.Name} {Words(option)}: does not fit.",
            ArgumentResult { Tokens.Count: 0 } argument => $"<{argument.Argument.Name}> is missing.",
            ArgumentResult argument => $"{argument.Tokens[0].Value}: is no {argument.Argument.Name}.",
            _ => Missing(parsed),
        };
    }

    private static bool IsOwn(ParseError error)
    {
        IEnumerable<string> names = error.SymbolResult switch
        {
            OptionResult option => [option.Option.Name, .. option.Option.Aliases],
            ArgumentResult { Parent: OptionResult option } => [option.Option.Name, .. option.Option.Aliases],
            ArgumentResult argument => [argument.Argument.Name],
            _ => [],
        };
        return names.Any(name => error.Message.StartsWith(name, StringComparison.Ordinal));
    }

    /// <summary>The first thing that a command cannot do without and was not given.</summary>
    private static string Missing(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        return command.Subcommands.Count > 0
            ? $"{CommandOf(parsed)} needs a command: {string.Join(", ", command.Subcommands.Select(one => one.Name))}."
            : command.Options.FirstOrDefault(one => one.Required && parsed.GetResult(one) is null) is { } option
                ? $"{option.Name}: is missing."
                : command.Arguments is [Argument first, ..]
                    ? $"<{first.Name}> is missing."
                    : "the command line is not complete.";
    }

    /// <summary>Empty values, which no file, folder, name or number is; texts may be empty.</summary>
    private static string? EmptyValue(ParseResult parsed)
    {
        foreach (SymbolResult given in parsed.CommandResult.Children)
        {
            string name = given is OptionResult option ? option.Option.Name : (given as ArgumentResult)?.Argument.Name ?? "";
            if (given.Tokens.Any(token => token.Value.Length == 0) && !Texts.Contains(name))
            {
                return $"{name} '': is empty.";
            }
        }

        return null;
    }

    private static string Words(OptionResult option) => string.Join(' ', option.Tokens.Select(token => token.Value));

    private static IEnumerable<string> OptionsOf(ParseResult parsed)
    {
        for (CommandResult? at = parsed.CommandResult; at is not null; at = at.Parent as CommandResult)
        {
            foreach (Option option in at.Command.Options.Where(
                one => !one.Hidden && (one.Recursive || at == parsed.CommandResult)))
            {
                yield return option.Name;
                foreach (string alias in option.Aliases)
                {
                    yield return alias;
                }
            }
        }
    }

    /// <summary>The command as it is typed: calm train calm.</summary>
    public static string CommandOf(ParseResult parsed)
    {
        List<string> words = [];
        for (CommandResult? at = parsed.CommandResult; at is not null; at = at.Parent as CommandResult)
        {
            words.Insert(0, at.Command.Name);
        }

        return string.Join(' ', words);
    }
}

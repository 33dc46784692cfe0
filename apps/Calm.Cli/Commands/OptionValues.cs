using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Calm.Cli;

/// <summary>
/// Reads the values of all options and arguments alike: numbers with a point before decimals and no thousands separators, in
/// every language of the machine; true and false; one of a few words.
/// </summary>
internal static class OptionValues
{
    private const NumberStyles Style =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Gives every option and argument of a command and of those below it this reading.</summary>
    public static void Apply(Command command)
    {
        foreach (Option option in command.Options)
        {
            Apply<int>(option);
            Apply<long>(option);
            Apply<ulong>(option);
            Apply<double>(option);
            if (option is Option<double[]> several)
            {
                several.CustomParser = result =>
                    [.. result.Tokens.Select(token => Read<double>(result, option.Name, token.Value))];
            }

            if (option is Option<bool> flag)
            {
                flag.CustomParser = result => ReadFlag(result, option.Name);
            }
        }

        foreach (Argument<int[]> numbers in command.Arguments.OfType<Argument<int[]>>())
        {
            numbers.CustomParser = result => [.. result.Tokens.Select(token => Read<int>(result, numbers.Name, token.Value))];
        }

        foreach (Command below in command.Subcommands)
        {
            Apply(below);
        }
    }

    /// <summary>Limits an option to some words, which its help lists.</summary>
    public static void TakeOneOf<T>(this Option<T> option, params string[] words)
    {
        option.CompletionSources.Clear();
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            foreach (Token token in result.Tokens.Where(token => !words.Contains(token.Value)))
            {
                result.AddError(
                    $"{option.Name} {token.Value}: must be one of {string.Join(", ", words)}"
                    + Suggestion.For(token.Value, words));
            }
        });
    }

    private static void Apply<T>(Option option)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        if (option is Option<T> number)
        {
            number.CustomParser = result => Read<T>(result, option.Name, Text(result));
        }
        else if (option is Option<T?> optional)
        {
            optional.CustomParser = result => Read<T>(result, option.Name, Text(result));
        }
    }

    private static string Text(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";

    private static bool ReadFlag(ArgumentResult result, string name)
    {
        string text = Text(result);
        if (text.Length > 0 && !bool.TryParse(text, out _))
        {
            result.AddError($"{name} {text}: takes no value, or true or false.");
        }

        return text.Length == 0 || (bool.TryParse(text, out bool value) && value);
    }

    private static T Read<T>(ArgumentResult result, string name, string text)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        if (T.TryParse(text, Style, CultureInfo.InvariantCulture, out T value) && T.IsFinite(value))
        {
            return value;
        }

        result.AddError($"{name} {(text.Length == 0 ? "''" : text)}: must be {Expected<T>(text)}.");
        return default;
    }

    /// <summary>The numbers that are taken. Limits are named to whoever is beyond them.</summary>
    private static string Expected<T>(string text)
        where T : struct, IMinMaxValue<T>
    {
        bool isNumber = double.TryParse(text, Style, CultureInfo.InvariantCulture, out double number) && !double.IsNaN(number);
        FormattableString limits = number < 0 ? $"of at least {T.MinValue}" : (FormattableString)$"of at most {T.MaxValue}";
        return typeof(T) == typeof(double) ? isNumber ? "a number that is not so huge" : "a number such as 0.5"
            : isNumber && (double.IsInteger(number) || double.IsInfinity(number))
                ? $"a whole number {FormattableString.Invariant(limits)}"
            : "a whole number";
    }
}

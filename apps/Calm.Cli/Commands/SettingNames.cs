using System.CommandLine;
using System.Text.RegularExpressions;

namespace Calm.Cli;

/// <summary>
/// Translates the settings in messages of the libraries into the options of a command: "temperature is 2" becomes
/// "--temperature is 2", and the advice "accumulate=4" becomes "--accumulate 4".
/// </summary>
internal static partial class SettingNames
{
    private const string BatchSize = "batch_size";

    /// <summary>The message with options for settings; settings for which the command has none stay as they are.</summary>
    public static string Translate(string message, ParseResult parsed)
    {
        string name = FirstWord().Match(message).Value;
        string last = name[(name.LastIndexOf('.') + 1)..];
        Option? option = OptionOf(last, parsed);
        // A key of the configuration may have come from a file or from --set.
        bool isTyped = option is not null && (last == name || parsed.IsGiven(option));
        string begun = isTyped ? option!.Name + message[name.Length..] : message;
        return Advice().Replace(begun, found => OptionOf(found.Groups["name"].Value, parsed) is { } advised
            ? advised.ValueType == typeof(bool) ? advised.Name : $"{advised.Name} {found.Groups["value"].Value}"
            : found.Value);
    }

    private static Option? OptionOf(string setting, ParseResult parsed)
    {
        string name = setting == BatchSize ? "--batch" : $"--{setting.Replace('_', '-')}";
        return parsed.CommandResult.Command.Options.FirstOrDefault(option => option.Name == name);
    }

    [GeneratedRegex(@"^[a-z_.]+(?=[ :])")]
    private static partial Regex FirstWord();

    [GeneratedRegex(@"(?<![\w.=])(?<name>[a-z_]+)=(?<value>[\w,]+)")]
    private static partial Regex Advice();
}

using System.Text.Json;

namespace Calm.Cli;

/// <summary>The reason why a text ends, in JSON: endOfText, stop or maxTokens.</summary>
internal static class EndingName
{
    /// <summary>That of a text.</summary>
    public static string Of(GeneratedText text) => JsonNamingPolicy.CamelCase.ConvertName(text.Ending.ToString());

    /// <summary>That of several texts; null if they differ.</summary>
    public static string? OfAll(IEnumerable<GeneratedText> texts) =>
        texts.Select(Of).Distinct().ToArray() is [string same] ? same : null;
}

using System.Text.Json;
using ADRaffy.ENSNormalize;

namespace Calm.Training;

/// <summary>Changes text before it is cut into words: canonical forms of Unicode, and lower case.</summary>
/// <remarks>
/// The tables of canonical forms come from a package: this program runs without ICU, and then .NET's own forms change nothing.
/// </remarks>
internal sealed class TextNormalizer
{
    // Every character below it is its own canonical composition; below the other one, its own decomposition.
    private const char FirstComposed = '\u0300';
    private const char FirstDecomposed = '\u00C0';
    private const int MostSteps = 16;

    private readonly List<Func<string, string>> _steps = [];

    private TextNormalizer()
    {
    }

    /// <summary>The normaliser of a tokenizer.json; null for none.</summary>
    /// <exception cref="JsonException">It has a part that cannot be honoured.</exception>
    public static TextNormalizer? Read(JsonElement element)
    {
        TextNormalizer normalizer = new();
        normalizer.Add(element);
        return normalizer._steps.Count == 0 ? null : normalizer;
    }

    /// <summary>The changed text.</summary>
    public string Apply(string text) => _steps.Aggregate(text, (current, step) => step(current));

    private static bool IsBelow(string text, char limit) => !text.AsSpan().ContainsAnyExceptInRange('\0', (char)(limit - 1));

    private void Add(JsonElement element)
    {
        if (element.IsAbsent())
        {
            return;
        }

        if (_steps.Count == MostSteps)
        {
            throw new JsonException($"normalizer has more than {MostSteps} steps");
        }

        string type = element.Type("normalizer");
        switch (type)
        {
            case "NFC":
                _steps.Add(text => IsBelow(text, FirstComposed) ? text : ENSNormalize.NF.NFC(text));
                break;
            case "NFD":
                _steps.Add(text => IsBelow(text, FirstDecomposed) ? text : ENSNormalize.NF.NFD(text));
                break;
            case "Lowercase":
                // Character by character, so the only one that becomes two is the capital i with a dot.
                _steps.Add(text => text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant());
                break;
            case "Sequence":
                element.RequireOnly("normalizer", "type", "normalizers");
                foreach (JsonElement part in element.Items("normalizers", "normalizer"))
                {
                    Add(part);
                }

                return;
            default:
                throw new JsonException(
                    $"normalizer {Quote.Of(type)} is not supported; NFC, NFD, Lowercase and a Sequence of them are");
        }

        element.RequireOnly("normalizer", "type");
    }
}

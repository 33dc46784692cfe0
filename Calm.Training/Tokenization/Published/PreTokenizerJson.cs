using System.Text.Json;
using System.Text.RegularExpressions;

namespace Calm.Training;

/// <summary>Reads and writes the pre-tokeniser of a tokenizer.json.</summary>
internal static class PreTokenizerJson
{
    private const string Part = "pre_tokenizer";
    private const int MostSteps = 32;

    /// <summary>The pre-tokeniser.</summary>
    /// <exception cref="JsonException">It is not byte-level, or has a part that cannot be honoured.</exception>
    public static PreTokenizer Read(JsonElement element)
    {
        List<SplitStep> steps = [];
        JsonElement byteLevel = default;
        foreach (JsonElement part in Flat(element))
        {
            if (!byteLevel.IsAbsent())
            {
                throw new JsonException($"{Part} has a part behind ByteLevel, which is not supported");
            }

            switch (part.Type(Part))
            {
                case "ByteLevel":
                    part.RequireOnly(Part, "type", "add_prefix_space", "trim_offsets", "use_regex");
                    byteLevel = part;
                    break;
                case "Split":
                    steps.Add(Split(part));
                    break;
                case "Digits":
                    part.RequireOnly(Part, "type", "individual_digits");
                    steps.Add(new SplitStep(
                        new SplitRegex(@"\p{N}"),
                        part.Flag("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous,
                        Invert: false));
                    break;
                case string other:
                    throw new JsonException(
                        $"{Part} {Quote.Of(other)} is not supported; ByteLevel, Split, Digits and a Sequence of them are");
            }
        }

        return byteLevel.IsAbsent()
            ? throw new JsonException($"{Part} has no part ByteLevel; only byte-level tokenizers are supported")
            : new PreTokenizer(steps, byteLevel.Flag("add_prefix_space", true), byteLevel.Flag("use_regex", true));
    }

    /// <summary>The JSON of an expression that isolates words, before the bytes.</summary>
    public static JsonElement Isolating(string regex) => JsonSerializer.SerializeToElement(new
    {
        type = "Sequence",
        pretokenizers = new object[]
        {
            new { type = "Split", pattern = new { Regex = regex }, behavior = nameof(SplitBehavior.Isolated), invert = false },
            Bytes,
        },
    });

    /// <summary>The JSON of bytes that are not cut into words.</summary>
    public static JsonElement Whole() => JsonSerializer.SerializeToElement(Bytes);

    private static object Bytes => new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = false };

    private static List<JsonElement> Flat(JsonElement element)
    {
        List<JsonElement> parts = [];
        Add(element);
        return parts;

        void Add(JsonElement one)
        {
            if (one.IsAbsent())
            {
                return;
            }

            if (one.Type(Part) != "Sequence")
            {
                parts.Add(one);
            }
            else
            {
                one.RequireOnly(Part, "type", "pretokenizers");
                foreach (JsonElement part in one.Items("pretokenizers", Part))
                {
                    Add(part);
                }
            }

            if (parts.Count > MostSteps)
            {
                throw new JsonException($"{Part} has more than {MostSteps} parts");
            }
        }
    }

    private static SplitStep Split(JsonElement part)
    {
        part.RequireOnly(Part, "type", "pattern", "behavior", "invert");
        JsonElement pattern = part.Member("pattern");
        string regex = pattern.Member("Regex").ValueKind == JsonValueKind.String
            ? pattern.Text("Regex", Part)
            : Regex.Escape(pattern.Text("String", "pattern"));
        string behavior = part.Text("behavior", Part);
        return Enum.GetNames<SplitBehavior>().Contains(behavior)
            ? new SplitStep(new SplitRegex(regex), Enum.Parse<SplitBehavior>(behavior), part.Flag("invert"))
            : throw new JsonException($"{Part} has the behavior {Quote.Of(behavior)}, which is not supported");
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Original = global::Tokenizers.DotNet.Tokenizer;

namespace Calm.Training.Tests;

/// <summary>Tokenizers of others, and ours for others, against the program that their format comes from.</summary>
public sealed class PublishedTokenizerTests
{
    private const int Seed = 7;

    private static readonly BpeTokenizer Trained = BpeTrainer.Train(
        ReferenceDocs.Documents().Take(400), 1500);

    /// <summary>Texts on which implementations have differed.</summary>
    private static readonly string[] Awkward =
    [
        "", " ", "  a", "a  b   c", "a \t b\t\tc", "x\n\ny\r\n\r\n z \n", "  \n  \n   x", "\u00A0\u3000x\u2028y \u0085z",
        "1 12 123 1234 12345678 ٣٤٥٦ ⅣⅤⅥ² x1y22",
        "isn't WE'LL 'S'T 'x ' 'st don''t 'REal '\u017Ft",
        "e\u0301 n\u0303a \u0301\u0302 अनुच्छेद เขา",
        "👋🏽 👩‍👩‍👧 x👍y 🇩🇪", "𝐀𝐁c d𝐀 𝟘𝟙𝟚 1𝟙 𠀀𠀁字",
        "a_b-c (d) [e] {f}; ...!!! x==y; \u200B\u00AD|",
        "Grüße, 你好。「世界」 ПРИВЕТ мир", "\0\u0001\u007F\uFFFD\uFFFE",
    ];

    private static string DocsText(int bytes)
    {
        StringBuilder text = new();
        foreach (Document document in ReferenceDocs.Documents().TakeWhile(_ => text.Length < bytes))
        {
            text.Append(Encoding.UTF8.GetString(document.Text.Span));
        }

        return text.ToString();
    }

    [OriginalFact]
    public void Our_tokenizer_is_the_same_for_others_on_a_megabyte()
    {
        string text = DocsText(1 << 20);
        Assert.InRange(text.Length, 1 << 20, 1 << 22);
        using Peer peer = new(Trained);
        string runs = new string('a', 1000) + new string('你', 300) + new string(' ', 300);
        peer.RequireSame(Trained, [text, .. Awkward, .. RandomTexts(60), runs]);
        using Peer bytes = new(new ByteTokenizer());
        bytes.RequireSame(new ByteTokenizer(), Awkward);
    }

    [OriginalTheory]
    [InlineData("llama3")]
    [InlineData("gpt2")]
    [InlineData("qwen2")]
    [InlineData("o200k")]
    public void Awkward_texts_have_the_ids_of_the_original(string pattern)
    {
        using Peer peer = new(Json(pattern));
        ITokenizer tokenizer = TokenizerFile.Load(peer.File);
        peer.RequireSame(tokenizer, [.. Awkward, .. RandomTexts(200), new string('a', 5000) + new string(' ', 5000) + "b"]);
        byte[] broken = [.. "a"u8, 0xFF, 0xE4, 0xBD, .. " b"u8, 0xF0, 0x9F, 0x91, 0x80, 0xC0];
        Assert.Equal(peer.Encode(Encoding.UTF8.GetString(broken)), tokenizer.Encode(broken));
    }

    [OriginalFact]
    public void A_megabyte_without_a_space_is_encoded_like_by_the_original()
    {
        Random random = new(Seed);
        string text = string.Create(1 << 20, random, (letters, from) =>
        {
            foreach (ref char letter in letters)
            {
                letter = "etaoinshrdlu"[from.Next(12)];
            }
        });
        using Peer peer = new(Json("llama3"));
        peer.RequireSame(TokenizerFile.Load(peer.File), [text]);
    }

    [OriginalTheory]
    [InlineData("""{"type":"NFC"}""")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"Lowercase"}]}""")]
    public void Text_is_normalised_as_by_the_original(string normalizer)
    {
        using Peer peer = new(Changed(Json("llama3"), json => json["normalizer"] = JsonNode.Parse(normalizer)));
        peer.RequireSame(TokenizerFile.Load(peer.File), [.. Awkward, "ÀÉ A\u0300 İI각\u1100\u1161\u11A8 ÅΣ ΟΔΟΣ \u1E9B\u0323"]);
    }

    public static TheoryData<string> Cuts =>
    [
        Bytes(addsSpace: true, splits: true),
        Sequence("""{"type":"Digits","individual_digits":true}""", Bytes(splits: true)),
        Sequence(
            """{"type":"Digits","individual_digits":false}""", Split("String", ".", "MergedWithPrevious"), Bytes(addsSpace: true)),
        Sequence(Split("Regex", @" ?\\p{L}+|\\s+", "Removed", "true"), Bytes()),
        Sequence(Split("Regex", @"[\\p{P}\\p{S}]", "MergedWithNext"), Split("Regex", @"\\s|x", "Contiguous"), Bytes()),
    ];

    private static string Bytes(bool addsSpace = false, bool splits = false)
    {
        string space = addsSpace ? "true" : "false";
        string regex = splits ? "true" : "false";
        return $$"""{"type":"ByteLevel","add_prefix_space":{{space}},"trim_offsets":true,"use_regex":{{regex}}}""";
    }

    private static string Split(string kind, string pattern, string behavior, string invert = "false") =>
        $$$"""{"type":"Split","pattern":{"{{{kind}}}":"{{{pattern}}}"},"behavior":"{{{behavior}}}","invert":{{{invert}}}}""";

    private static string Sequence(params string[] parts) =>
        $$"""{"type":"Sequence","pretokenizers":[{{string.Join(',', parts)}}]}""";

    [OriginalTheory]
    [MemberData(nameof(Cuts))]
    public void Text_is_cut_as_by_the_original(string preTokenizer)
    {
        using Peer peer = new(Changed(Json("gpt2"), json => json["pre_tokenizer"] = JsonNode.Parse(preTokenizer)));
        peer.RequireSame(TokenizerFile.Load(peer.File), [.. Awkward, .. RandomTexts(100)]);
    }

    [OriginalFact]
    public void Added_tokens_are_found_and_special_ones_are_not()
    {
        string file = Changed(Json("llama3"), json =>
        {
            Add(json, "<tool>", isSpecial: false);
            Add(json, "<tool>x", isSpecial: false);
            Add(json, "ÉÉ", isSpecial: false, isNormalized: true);
            json["normalizer"] = JsonNode.Parse("""{"type":"NFC"}""");
            JsonNode model = json["model"]!;
            model["merges"] = new JsonArray(
                [.. model["merges"]!.AsArray().Select(merge => new JsonArray([.. merge!.GetValue<string>().Split(' ')]))]);
        });
        using Peer peer = new(file);
        ITokenizer tokenizer = TokenizerFile.Load(peer.File);
        peer.RequireSame(tokenizer, ["a<tool>b", "<tool>x<tool><tool", "ÉÉ ÉE\u0301 e", "x"]);
        Assert.Equal("<tool>x É", tokenizer.DecodeText(tokenizer.Encode("<tool>x E\u0301")));
        Assert.DoesNotContain(tokenizer.EndOfText, tokenizer.Encode("a<|end_of_text|>b"));
        Assert.Equal("a<|end_of_text|>b", tokenizer.DecodeText(tokenizer.Encode("a<|end_of_text|>b")));
    }

    /// <summary>Expressions that have a scanner find the same words with and without it.</summary>
    [Fact]
    public void Scanners_and_expressions_agree()
    {
        foreach (SplitPattern pattern in SplitPattern.All.Where(pattern => pattern.Scanner is not null))
        {
            RequireSameWords(pattern.Regex, pattern.Scanner!.End);
        }

        RequireSameWords(WordScanner.Pattern, WordScanner.End);
    }

    private delegate int WordEnd(ReadOnlySpan<byte> text, int start);

    private static void RequireSameWords(string expression, WordEnd end)
    {
        SplitRegex regex = new(expression);
        string[] runs = [new string(' ', 300) + "a", new string('é', 300)];
        foreach (string text in runs.Concat(Awkward).Concat(RandomTexts(300)))
        {
            List<Range> matches = [];
            regex.FindAll(text, matches);
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            List<string> words = [];
            for (int start = 0; start < bytes.Length;)
            {
                int next = end(bytes, start);
                words.Add(Encoding.UTF8.GetString(bytes[start..next]));
                start = next;
            }

            Assert.Equal(words, matches.Select(match => text[match]));
        }
    }

    private static IEnumerable<string> RandomTexts(int count)
    {
        Random random = new(Seed);
        string[] alphabet =
        [
            " ", " ", "  ", "\n", "\r\n", "\t", "'", "'s", "'LL", "a", "Bc", "é", "e\u0301", "1", "23", "٣", "²", ".", "!?", "-",
            "你", "👋", "𝐀", "𝟙", "\u00A0", "ſ", "ǅ", "ʰ",
        ];
        return Enumerable.Range(0, count).Select(_ =>
            string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => alphabet[random.Next(alphabet.Length)])));
    }

    private static string Json(string pattern) => Changed(Encoding.UTF8.GetString(TokenizerFile.Serialize(Trained)), json =>
    {
        string regex = SplitPattern.All.First(known => known.Name == pattern).Regex;
        json["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = regex;
        json["model"]!["ignore_merges"] = pattern != "gpt2";
    });

    private static string Changed(string file, Action<JsonNode> change)
    {
        JsonNode json = JsonNode.Parse(file)!;
        change(json);
        return json.ToJsonString();
    }

    private static void Add(JsonNode json, string content, bool isSpecial, bool isNormalized = false)
    {
        JsonArray added = json["added_tokens"]!.AsArray();
        added.Add(new JsonObject
        {
            ["id"] = added[^1]!["id"]!.GetValue<int>() + 1, ["content"] = content, ["single_word"] = false, ["lstrip"] = false,
            ["rstrip"] = false, ["normalized"] = isNormalized, ["special"] = isSpecial,
        });
    }

    /// <summary>The original implementation with a file.</summary>
    private sealed class Peer : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly Original _tokenizer;

        public Peer(ITokenizer tokenizer)
            : this(Encoding.UTF8.GetString(TokenizerFile.Serialize(tokenizer)))
        {
        }

        public Peer(string json)
        {
            File = _folder.Write("tokenizer.json", json);
            _tokenizer = new Original(File);
        }

        public string File { get; }

        public int[] Encode(string text) => [.. _tokenizer.Encode(text).Select(id => (int)id)];

        public void RequireSame(ITokenizer tokenizer, IEnumerable<string> texts)
        {
            foreach (string text in texts)
            {
                Assert.Equal(Encode(text), tokenizer.Encode(text));
            }
        }

        public void Dispose()
        {
            _tokenizer.Dispose();
            _folder.Dispose();
        }
    }
}

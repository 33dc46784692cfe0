using System.Text;
using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Reading and writing of tokenizers: all forms, special ids, refusals.</summary>
public sealed class TokenizerFileTests
{
    private const string Text = "The tokens of the text; the 1234 texts' tokens\n";

    private static readonly BpeTokenizer Trained = BpeTrainer.Train(
        [new Document("text", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Text, 4))))], 280);

    private static string Own => Encoding.UTF8.GetString(TokenizerFile.Serialize(Trained));

    /// <summary>Ranks of all bytes and of the trained tokens, in an order of its own.</summary>
    private static string Ranks => string.Concat(Enumerable.Range(0, Trained.VocabularySize - 3).Select(
        id => $"{Convert.ToBase64String(Trained.BytesOf(id))} {id}\n"));

    [Fact]
    public void Files_of_earlier_versions_are_read_and_keep_their_hash()
    {
        using TemporaryFolder folder = new();
        string old = folder.Write("old.json", Encoding.UTF8.GetString(CalmTokenizer.Write(Trained)));
        ITokenizer read = Assert.IsType<BpeTokenizer>(TokenizerFile.Load(old));
        Assert.Equal(Trained.Hash, read.Hash);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(old))), read.Hash);

        // Two ids of the same bytes have no other form.
        BpeTokenizer twice = new([('a', 'b'), ('b', 'c'), (256, 'c'), ('a', 257)]);
        TokenizerFile.Save(twice, folder["twice.json"]);
        Assert.Equal(twice.Merges, Assert.IsType<BpeTokenizer>(TokenizerFile.Load(folder["twice.json"])).Merges);
    }

    [Fact]
    public void A_published_tokenizer_is_the_same_after_it_is_saved()
    {
        using TemporaryFolder folder = new();
        string model = folder.Write("in/tokenizer.model", Ranks);
        folder.Write("in/special_tokens_map.json", """{"eos_token":{"content":"<end>"},"bos_token":"<begin>"}""");
        folder.Write("in/tokenizer_config.json", """
            {"model_max_length":1000000000000000019884624838656,"added_tokens_decoder":{
             "300":{"content":"<begin>","special":true},"301":{"content":"<end>","special":true}}}
            """);
        ITokenizer tokenizer = TokenizerFile.Load(folder["in"], pattern: "llama3");
        Assert.Equal((300, 301, 302, 303), (tokenizer.Begin, tokenizer.EndOfText, tokenizer.Pad, tokenizer.VocabularySize));
        Assert.Equal(0, tokenizer.BytesOf(302).Length);
        Assert.Equal(0, tokenizer.BytesOf(290).Length);
        Assert.Equal(Text, tokenizer.DecodeText(tokenizer.Encode(Text)));

        TokenizerFile.Save(tokenizer, folder["out/tokenizer.json"]);
        ITokenizer saved = TokenizerFile.Load(folder["out"]);
        Assert.Equal(tokenizer.Hash, saved.Hash);
        Assert.Equal(tokenizer.Encode(Text), saved.Encode(Text));
        string config = File.ReadAllText(folder["out/tokenizer_config.json"]);
        Assert.Contains("\"pad_token\": \"[PAD]\"", config, StringComparison.Ordinal);
        Assert.NotEqual(tokenizer.Hash, TokenizerFile.Load(model, new TokenizerIds(Pad: 301), "llama3").Hash);
        Assert.NotEqual(tokenizer.Hash, TokenizerFile.Load(model, pattern: "gpt2").Hash);
    }

    [Fact]
    public void Ids_of_a_model_are_taken_and_kept()
    {
        using TemporaryFolder folder = new();
        string model = folder.Write("tokenizer.model", Ranks);
        ITokenizer tokenizer = TokenizerFile.Load(model, new TokenizerIds(290, 291, 292, 400), "gpt2");
        Assert.Equal((290, 291, 292, 400), (tokenizer.Begin, tokenizer.EndOfText, tokenizer.Pad, tokenizer.VocabularySize));
        TokenizerFile.Save(tokenizer, folder["out/tokenizer.json"]);
        Assert.Equal(tokenizer.Hash, TokenizerFile.Load(folder["out/tokenizer.json"]).Hash);

        // A model of as many ids as the tokenizer has no room for padding.
        TokenizerIds fullIds = new(EndOfText: 0, Vocabulary: Trained.VocabularySize - 3);
        ITokenizer full = TokenizerFile.Load(model, fullIds, "gpt2");
        Assert.Equal(full.EndOfText, full.Pad);
        CalmException failure = Assert.Throws<CalmException>(
            () => TokenizerFile.Load(model, new TokenizerIds(EndOfText: 0, Vocabulary: 260), "gpt2"));
        Assert.Contains("the model has 260 ids", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Our_own_file_in_a_folder_with_its_configuration_is_ours()
    {
        using TemporaryFolder folder = new();
        Assert.True(TokenizerFile.Export(Trained, folder["out"]));
        string config = File.ReadAllText(folder["out/tokenizer_config.json"]);
        Assert.Contains("\"eos_token\": \"<|end_of_text|>\"", config, StringComparison.Ordinal);
        Assert.IsType<BpeTokenizer>(TokenizerFile.Load(folder["out"]));
        TokenizerIds same = new(EndOfText: Trained.VocabularySize - 2);
        Assert.Equal(Trained.Hash, TokenizerFile.Load(folder["out"], same).Hash);
        Assert.False(TokenizerFile.Export(new IdsTokenizer(9, 0, 1, 2), folder["ids"]));
    }

    [Fact]
    public void Ids_are_a_text_of_their_own()
    {
        using TemporaryFolder folder = new();
        IdsTokenizer tokenizer = new(20, 0, 1, 2);
        TokenizerFile.Save(tokenizer, folder["tokenizer.json"]);
        ITokenizer read = TokenizerFile.Load(folder["tokenizer.json"]);
        Assert.Equal(tokenizer.Hash, read.Hash);
        Assert.Equal([3, 17, 1, 5], read.Encode(" 3 17\n\t1  5 "));
        Assert.Equal(" 3 17 5", read.DecodeText([3, 17, 1, 5]));
        Assert.StartsWith(
            "text: byte 2: '20' is no id from 0 to 19",
            Assert.Throws<CalmException>(() => read.Encode("3 20")).Message, StringComparison.Ordinal);
        Assert.Throws<CalmException>(() => read.Encode("3 -1"));
        Assert.Throws<CalmException>(() => read.Encode("3 99999999999"));
        Assert.Throws<ArgumentOutOfRangeException>(() => read.BytesOf(20).Length);
    }

    [Theory]
    [InlineData("/model/type", "\"WordPiece\"", "model is 'WordPiece'")]
    [InlineData("/model/type", "\"Unigram\"", "model is 'Unigram'")]
    [InlineData("/model/byte_fallback", "true", "model has byte_fallback")]
    [InlineData("/model/dropout", "0.1", "model has dropout")]
    [InlineData("/model/end_of_word_suffix", "\"</w>\"", "model has end_of_word_suffix")]
    [InlineData("/model/vocab/a", "98", "vocab gives 'b' and 'a' one id, 98")]
    [InlineData("/model/vocab/a", "-1", "vocab has an id that is not from 0")]
    [InlineData("/model/merges/0", "\"a\"", "merge 0 is not a pair")]
    [InlineData("/model/merges/0", "\"zz a\"", "merge 0 names 'zz'")]
    [InlineData("/normalizer", """{"type":"BertNormalizer"}""", "normalizer 'BertNormalizer' is not supported")]
    [InlineData("/normalizer", """{"type":"NFKC"}""", "normalizer 'NFKC' is not supported")]
    [InlineData("/pre_tokenizer", """{"type":"Metaspace"}""", "pre_tokenizer 'Metaspace' is not supported")]
    [InlineData("/pre_tokenizer", "null", "pre_tokenizer has no part ByteLevel")]
    [InlineData("/pre_tokenizer/pretokenizers/0/behavior", "\"Other\"", "the behavior 'Other'")]
    [InlineData("/pre_tokenizer/pretokenizers/0/pattern/Regex", "\"(\"", "pattern")]
    [InlineData("/pre_tokenizer/pretokenizers/0/pattern/Regex", "\"[a[b]]\"", "a set within a set")]
    [InlineData("/pre_tokenizer/pretokenizers/0/pattern/Regex", "\"\\\\bx\"", "the escape '\\b'")]
    [InlineData("/pre_tokenizer/pretokenizers/0/pattern/Regex", "\"(?s).\"", "a group '(?s)'")]
    [InlineData("/added_tokens/0/content", "\"<|pad|>\"", "contradicts another one")]
    [InlineData("/added_tokens/1/content", "\"<stop>\"", "it names no token that ends a document")]
    [InlineData("/added_tokens/0/id", "9999999", "an id that is not from 0")]
    [InlineData("/surprise", "1", "the member 'surprise'")]
    public void What_cannot_be_honoured_is_named(string place, string value, string expected)
    {
        using TemporaryFolder folder = new();
        JsonNode json = JsonNode.Parse(Own)!;
        string[] steps = place[1..].Split('/');
        JsonNode parent = steps[..^1].Aggregate(json, (node, step) => int.TryParse(step, out int i) ? node[i]! : node[step]!);
        JsonNode? changed = JsonNode.Parse(value);
        if (int.TryParse(steps[^1], out int index))
        {
            parent[index] = changed;
        }
        else
        {
            parent[steps[^1]] = changed;
        }

        string path = folder.Write("tokenizer.json", json.ToJsonString());
        CalmException failure = Assert.Throws<CalmException>(() => TokenizerFile.Load(path));
        Assert.StartsWith($"{path}: not a tokenizer", failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void Files_that_are_no_tokenizer_are_named_for_what_they_are()
    {
        using TemporaryFolder folder = new();
        Refused("\n\x0e\n\x05<unk>", "a SentencePiece model");
        Refused(Ranks + "YQ== 500\n", "rank 500 has the bytes of another one");
        Refused(Ranks + "YWJj 3\n", "repeats rank 3");
        Refused(Ranks + "YWJj x\n", "is not a token");
        Refused(Ranks, "its expression must be named");
        CalmException none = Assert.Throws<CalmException>(() => TokenizerFile.Load(folder["."]));
        Assert.Contains("no tokenizer.json", none.Message, StringComparison.Ordinal);

        void Refused(string contents, string expected)
        {
            CalmException failure = Assert.Throws<CalmException>(() =>
                TokenizerFile.Load(folder.Write("file", contents), pattern: contents == Ranks ? null : "gpt2"));
            Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("(a+)+b", 60)]
    [InlineData("(a|a|b)*(a|a)*(a|a)*d|x", 100_000)]
    public void An_expression_that_takes_too_long_is_refused(string pattern, int length)
    {
        SplitRegex regex = new(pattern, TimeSpan.FromMilliseconds(5));
        CalmException failure = Assert.Throws<CalmException>(() => regex.FindAll(new string('a', length), []));
        Assert.Contains("takes too long", failure.Message, StringComparison.Ordinal);
    }
}

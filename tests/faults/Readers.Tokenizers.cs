using System.Text;
using System.Text.Json.Nodes;

namespace Calm.Faults;

/// <summary>Tokenizers: our own files, old and new, and those of others.</summary>
internal static partial class Readers
{
    private const string Sample = "1.5 the value<tool> don't  E\u0301 \U0001F44B\n";

    private static IEnumerable<Reader> Tokenizers(Files files, BpeTokenizer trained)
    {
        IdsTokenizer ids = new(20, 0, 1, 2);
        LevelsTokenizer levels = new(
            [new LevelColumn("a", [-3, -1.5, 0, 4], [-2, -1, 2.25]), new LevelColumn("b", [0, 1, 2e9], [0.5, 1e9])]);
        yield return Own("tokenizer bytes", CalmTokenizer.Write(new ByteTokenizer()), "1.5 the value");
        yield return Own("tokenizer bpe", CalmTokenizer.Write(trained), "1.5 the value");
        yield return Own("tokenizer levels", CalmTokenizer.Write(levels), "-1.5,3e8\n2,1\n");
        yield return Own("tokenizer ids", CalmTokenizer.Write(ids), "3 17\n5");

        string own = Encoding.UTF8.GetString(TokenizerFile.Serialize(trained));
        string published = Published(own);
        yield return files.Json("tokenizer.json", 3, own, "tokenizer.json", path => Use(path, Sample));
        yield return files.Json("tokenizer.json published", 4, published, "tokenizer.json", path => Use(path, Sample));

        string ranks = string.Concat(Enumerable.Range(0, trained.VocabularySize - 3).Select(
            id => $"{Convert.ToBase64String(trained.BytesOf(id))} {id}\n"));
        yield return files.Plain("tokenizer ranks", 3, ranks, "ranks/tokenizer.model", path =>
            Use(path, Sample, new TokenizerIds(EndOfText: 300), "llama3"));
        files.Write("named/tokenizer.json", Encoding.UTF8.GetBytes(published));
        yield return files.Json("tokenizer_config.json", 3, """
            {"bos_token":null,"eos_token":{"content":"<|end_of_text|>"},"pad_token":"<|pad|>","added_tokens_decoder":{
             "300":{"content":"<a>","special":true,"lstrip":true},"302":{"content":"<b>","special":false}},
             "calm":{"begin":288,"end":288,"pad":289,"vocabulary":310}}
            """, "named/tokenizer_config.json", path => Use(Path.GetDirectoryName(path)!, Sample));

        Reader Own(string name, byte[] sample, string text) =>
            files.Json(name, 2, Encoding.UTF8.GetString(sample), "tokenizer.json", path => Use(path, text));

        void Use(string path, string text, TokenizerIds? stated = null, string? pattern = null)
        {
            ITokenizer read = TokenizerFile.Load(path, stated, pattern);
            List<int> encoded = [];
            read.Encode(Encoding.UTF8.GetBytes(text), encoded);
            _ = read.Hash;
            encoded.ForEach(id => read.BytesOf(id));
            TokenizerFile.Serialize(read);
        }
    }

    /// <summary>A file with every kind of part.</summary>
    private static string Published(string own)
    {
        const string normalizer = """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"}]}""";
        const string split = """{"type":"Split","pattern":{"String":"."},"behavior":"MergedWithPrevious","invert":false}""";
        const string digits = """{"type":"Digits","individual_digits":true}""";
        JsonNode json = JsonNode.Parse(own)!;
        json["normalizer"] = JsonNode.Parse(normalizer);
        JsonArray cuts = json["pre_tokenizer"]!["pretokenizers"]!.AsArray();
        cuts.Insert(0, JsonNode.Parse(split));
        cuts.Insert(1, JsonNode.Parse(digits));
        json["model"]!["ignore_merges"] = true;
        json["added_tokens"]![0]!["content"] = "<tool>";
        json["added_tokens"]![0]!["special"] = false;
        return json.ToJsonString();
    }
}

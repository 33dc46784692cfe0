using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class TextFormatTests
{
    private static readonly string[] Texts =
        [.. Enumerable.Range(0, 40).Select(i => $"{i} \u00e9 {SmallText.Words(i * i)}"), "[x", "{\"a:1}\n\"\\"];

    [Fact]
    public void The_same_corpus_in_every_form_gives_the_same_tokens()
    {
        using TemporaryFolder folder = new();
        byte[] lines = Forms.JsonLines(Texts);
        byte[] array = Forms.JsonArray(Texts);
        byte[] separated = Encoding.UTF8.GetBytes(string.Join("\n<|endoftext|>\n", Texts));
        for (int i = 0; i < Texts.Length; i++)
        {
            folder.Write($"texts/{i:D3}.txt", Texts[i]);
        }

        byte[] want = Tokens(folder, folder["texts"]);
        foreach ((string name, byte[] contents) in new[]
        {
            ("a.jsonl", lines), ("lines", lines), ("lines.json", lines), ("lines.txt", lines), ("a.json", array),
            ("array.txt", array), ("separated", separated), ("a.jsonl.gz", Forms.Gzip(lines)), ("gzip", Forms.Gzip(lines)),
            ("two.gz", [.. Forms.Gzip(lines[..500]), .. Forms.Gzip(lines[500..])]), ("a.json.gz", Forms.Gzip(array)),
            ("separated.gz", Forms.Gzip(separated)), ("a.jsonl.zst", Forms.Zstandard(lines)),
            ("zstandard", Forms.Zstandard(array)), ("marked.jsonl", [0xEF, 0xBB, 0xBF, .. lines]),
            ("two.zst", [.. Forms.Zstandard(lines[..500]), .. Forms.Zstandard(lines[500..])]),
            ("marked.json", [0xEF, 0xBB, 0xBF, .. array]), ("a.parquet", Forms.Parquet(Texts)), ("parquet", Forms.Parquet(Texts)),
        })
        {
            Assert.Equal(want, Tokens(folder, folder.Write(name, contents)));
        }

        TextOptions input = new() { StandardInput = folder["lines"] };
        Assert.Equal("standard input:1", TextSource.Open(input, "-").Documents().First().Name);
        Assert.Equal(want, Tokens(folder, "-", input));
    }

    [Fact]
    public void Files_of_ids_give_the_tokens_of_their_text()
    {
        using TemporaryFolder folder = new();
        ByteTokenizer bytes = new();
        List<int> ids = [];
        foreach (string text in Texts)
        {
            bytes.Encode(Encoding.UTF8.GetBytes(text), ids);
            ids.Add(((ITokenizer)bytes).EndOfText);
        }

        byte[] want = Tokens(folder.Write("a.jsonl", Forms.JsonLines(Texts)));
        foreach ((string name, byte[] contents) in new[]
        {
            ("llm.bin", Forms.Ids(ids, 2, hasHeader: true)), ("llm3.bin", Forms.Ids(ids, 4, hasHeader: true)),
            ("nano.bin", Forms.Ids(ids, 2, hasHeader: false)),
            ("before.bin", Forms.Ids([ids[^1], .. ids[..^1]], 2, hasHeader: true)),
        })
        {
            Assert.Equal(want, Tokens(folder.Write(name, contents)));
        }

        byte[] Tokens(string path)
        {
            TextOptions options = new() { Ids = new IdRange(bytes.VocabularySize, ((ITokenizer)bytes).EndOfText) };
            TokenFileWriter.Write(folder["tokens"], TextSource.Open(options, path).Documents(), bytes, 4);
            return File.ReadAllBytes(folder["tokens"]);
        }
    }

    [Fact]
    public void A_folder_stands_for_its_files_of_text()
    {
        using TemporaryFolder folder = new();
        byte[] lines = Forms.JsonLines(["a"]);
        foreach (string name in new[] { "b.jsonl.gz", "c.json.zst", "d/e.txt.gz" })
        {
            folder.Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Forms.Gzip(lines) : Forms.Zstandard(lines));
        }

        folder.Write("a.parquet", Forms.Parquet(["a"]));
        folder.Write("info.json", "{}");
        folder.Write("model.bin", "no");
        Assert.Equal(
            ["a.parquet", "b.jsonl.gz", "c.json.zst", "d/e.txt.gz"],
            TextSource.Open(folder.Root).Files.Select(file => file[(folder.Root.Length + 1)..]));
        Assert.Equal(4, TextSource.Open(folder.Root).Documents().Count());
    }

    [Theory]
    [InlineData("{\"meta\":{\"body\":\"x\",\"text\":\"no\"},\"body\":\"y\"}", "meta.body", "x")]
    [InlineData("{\"meta\":{\"body\":\"x\"},\"body\":\"y\"}", "body", "y")]
    public void A_field_has_the_name_that_was_chosen(string line, string field, string expected)
    {
        using TemporaryFolder folder = new();
        Document read = TextSource.Open(new TextOptions { Field = field }, folder.Write("a", line)).Documents().Single();
        Assert.Equal(expected, Encoding.UTF8.GetString(read.Text.Span));
    }

    [Theory]
    [InlineData("a.txt", "{\"text\":\"a\"}\nno\n", "a.txt, line 2: not valid JSON")]
    [InlineData("a.txt", "{\"id\":3,\"body\":\"a\"}\n", "a.txt, line 1: has no \"text\", but \"id\", \"body\"; name the field that is")]
    [InlineData("a.txt", "{\"id\":3,\"body\":\"a\"}\n", " the text: text_field=body.")]
    [InlineData("a.jsonl", "{\"text\":\"a\",\"text\":\"b\"}", "\"text\" stands twice")]
    [InlineData("a.json", "{\n\"text\":\"a\"}", "a.json, line 1: not valid JSON")]
    [InlineData("a.json", "hello", "a.json, line 1: not valid JSON")]
    [InlineData("a.json", "[\"a\"]", "a.json, line 1: an element is not an object")]
    [InlineData("a.txt", "[{\"text\":\"a\"},\n{\"text\":7}]", "a.txt, line 2: \"text\" is not a string")]
    [InlineData("a.txt", "[{\"text\":\"a\"}\n{\"text\":\"b\"}]", "a.txt, line 2: ',' is missing")]
    [InlineData("a.txt", "[{\"text\":\"a\"},\n", "a.txt, line 2: not valid JSON")]
    [InlineData("a.txt", "[{\"text\":\"a\"}\n", "a.txt, line 2: the file ends within the array")]
    [InlineData("a.txt", "[{\"text\":\"a\"}]\n{", "a.txt, line 2: something follows the end of the array")]
    [InlineData("a.txt", "[{\"text\":\n\"a\",}]", "a.txt, line 2: not valid JSON")]
    public void What_looks_like_JSON_and_breaks_is_no_text(string name, string contents, string expected)
    {
        using TemporaryFolder folder = new();
        Assert.Contains(expected, Refused(folder.Write(name, contents)));
    }

    [Theory]
    [InlineData("[Chapter 1]\nOnce", 1)]
    [InlineData("{ this is\n}", 1)]
    [InlineData("{}\nx", 1)]
    [InlineData("a <|endoftext|> b", 1)]
    [InlineData("<|endoftext|>\na\n<|endoftext|>\r\n<|endoftext|>\nb\n<|endoftext|>", 2)]
    public void Other_text_is_a_document_or_several_between_lines_of_endoftext(string contents, int documents)
    {
        using TemporaryFolder folder = new();
        Assert.Equal(documents, TextSource.Open(folder.Write("a.txt", contents)).Documents().Count());
    }

    [Fact]
    public void Objects_and_documents_of_every_length_are_read_from_buffers_of_any_place()
    {
        using TemporaryFolder folder = new();
        string[] texts =
            [.. Enumerable.Range(0, 60).Select(i => new string((char)('a' + i % 26), i == 9 ? 400_000 : 1 + i * 487))];
        string array = folder.Write("a.json", Forms.JsonArray(texts));
        string plain = folder.Write("a.txt", Forms.Gzip(Encoding.UTF8.GetBytes(string.Join("\n<|endoftext|>\n", texts))));
        Assert.Equal(texts, TextSource.Open(array).Documents().Select(Text));
        Assert.Equal(texts, TextSource.Open(plain).Documents().Select(Text));
    }

    [Fact]
    public void A_compressed_file_that_is_cut_anywhere_or_damaged_is_refused()
    {
        using TemporaryFolder folder = new();
        byte[] text = Encoding.UTF8.GetBytes(SmallText.Words(100));
        foreach (byte[] whole in new[] { Forms.Gzip(text), Forms.Zstandard(text), [.. Forms.Gzip(text), .. Forms.Gzip(text)] })
        {
            for (int length = 4; length < whole.Length; length++)
            {
                if (length != whole.Length / 2) // the end of the first of two members
                {
                    Assert.Contains("is damaged or cut short", Refused(folder.Write("a.txt", whole[..length])));
                }
            }
        }

        byte[] damaged = Forms.Gzip(text);
        damaged[^5] ^= 1; // its check sum
        Assert.Contains("is damaged or cut short", Refused(folder.Write("a.txt", damaged)));
    }

    [Fact]
    public void A_small_file_that_becomes_huge_is_refused()
    {
        using TemporaryFolder folder = new();
        byte[] bomb = new byte[17 << 20];
        bomb.AsSpan().Fill((byte)'a');
        foreach (byte[] file in new[] { Forms.Gzip(bomb), Forms.Zstandard(bomb) })
        {
            Assert.Contains("expands to more than 100 times its size", Refused(folder.Write("a.txt", file)));
        }

        byte[] parquet = Forms.Parquet(Enumerable.Repeat(new string('a', 1 << 12), 5000), rowGroup: 5000, dictionary: true);
        Assert.Contains("expands to more than 100 times its size", Refused(folder.Write("a.txt", parquet)));
    }

    [Fact]
    public void Ids_are_those_of_the_tokenizer()
    {
        using TemporaryFolder folder = new();
        IdRange range = new(259, 257);
        string path = folder.Write("a.bin", Forms.Ids([1, 300], 2, hasHeader: true));
        Assert.Contains("holds ids, which mean nothing without their tokenizer", Refused(path));
        Assert.Contains("holds id 300, and the tokenizer has 259 ids", Refused(path, range));
        byte[] right = Forms.Ids([1, 2, 257, 3], 4, hasHeader: true);
        Assert.Contains("is cut short", Refused(folder.Write("a.bin", right[..^1]), range));
        Assert.Contains("goes on after its last id", Refused(folder.Write("a.bin", [.. right, 0]), range));
        Assert.Contains("half an id", Refused(folder.Write("a.bin", [1, 0, 2]), range));
        right[4] = 8;
        Assert.Contains("is version 8 of its format, expected 7", Refused(folder.Write("a.bin", right), range));
    }

    private static string Text(Document document) => Encoding.UTF8.GetString(document.Text.Span);

    private static string Refused(string path, IdRange? ids = null)
    {
        string message = Assert.Throws<CalmException>(
            () => TextSource.Open(new TextOptions { Ids = ids }, path).Documents().Count()).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static byte[] Tokens(TemporaryFolder folder, string path, TextOptions? options = null)
    {
        using Corpus corpus = Corpus.Build(
            folder["corpus"], TextSource.Open(options ?? new TextOptions(), path).Documents(), _ => new ByteTokenizer(), 4);
        return [.. File.ReadAllBytes(corpus.Train.Path), .. File.ReadAllBytes(corpus.HeldOut.Path)];
    }
}

using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class TextSourceTests
{
    [Fact]
    public void A_text_file_is_one_document_and_a_line_of_jsonl_is_one()
    {
        using TemporaryFolder folder = new();
        folder.Write("b.txt", [0xEF, 0xBB, 0xBF, (byte)'b', 0xFF]);
        folder.Write("a.jsonl", "\uFEFF{\"id\":{\"text\":1},\"text\":\"one\\n\\u00e4\"}\r\n\n  \n{\"text\":\"two\",\"x\":[]}");
        folder.Write("empty.txt", "");
        folder.Write("ignored.md", "no");
        Document[] documents = [.. TextSource.Open(folder.Root).Documents()];
        Assert.Equal(["one\nä", "two"], documents[..2].Select(Text));
        Assert.Equal([(byte)'b', 0xFF], documents[2].Text.ToArray());
        Assert.Equal(
            [$"{folder.Root}/a.jsonl:1", $"{folder.Root}/a.jsonl:4", $"{folder.Root}/b.txt"],
            documents.Select(document => document.Name));
    }

    [Theory]
    [InlineData("*.txt", "B.txt a.txt")]
    [InlineData("**/*.txt", "B.txt a.txt x/c.txt x/y/d.txt")]
    [InlineData("x/**", "x/c.txt x/e.md x/y/d.txt")]
    [InlineData("x/*/d.txt", "x/y/d.txt")]
    [InlineData("**/y/?.txt", "x/y/d.txt")]
    [InlineData("x", "x/c.txt x/y/d.txt")]
    [InlineData("x/", "x/c.txt x/y/d.txt")]
    [InlineData("x/e.md", "x/e.md")]
    [InlineData("./x/../a.txt", "./x/../a.txt")]
    [InlineData(".hidden/*", ".hidden/h.txt")]
    public void Paths_and_patterns_name_files_in_ordinal_order(string pattern, string expected)
    {
        using TemporaryFolder folder = new();
        foreach (string name in new[] { "a.txt", "B.txt", "x/c.txt", "x/e.md", "x/y/d.txt", ".hidden/h.txt" })
        {
            folder.Write(name, "text");
        }

        Directory.CreateSymbolicLink(folder["x/up"], folder.Root);
        IReadOnlyList<string> files = TextSource.Open($"{folder.Root}/{pattern}").Files;
        Assert.Equal(expected.Split(' '), files.Select(file => file[(folder.Root.Length + 1)..]));
    }

    [Fact]
    public void A_file_named_twice_is_read_once()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.txt", "text");
        Assert.Single(TextSource.Open(path, folder.Root, $"{folder.Root}/*.txt").Files);
    }

    [Fact]
    public void Lines_longer_than_a_buffer_and_text_in_several_buffers_are_read()
    {
        using TemporaryFolder folder = new();
        string[] texts = [.. Enumerable.Range(0, 300).Select(i => new string((char)('a' + i % 26), i == 7 ? 300_000 : i * 11))];
        folder.Write("a.jsonl", string.Join('\n', texts.Select(text => $$"""{"text":"{{text}}"}""")));
        Assert.Equal(texts[1..], TextSource.Open(folder["a.jsonl"]).Documents().Select(Text));
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"text\":\"b\"\n{\"text\":\"c\"}", "line 2: not valid JSON")]
    [InlineData("\n\n{\"txt\":\"a\"}", "line 3: has no \"text\"")]
    [InlineData("{\"text\":5}", "line 1: \"text\" is not a string")]
    [InlineData("{\"text\":null}", "line 1: \"text\" is not a string")]
    [InlineData("[\"text\"]", "line 1: not a JSON object")]
    [InlineData("{\"text\":\"a\"} {}", "line 1: not valid JSON")]
    [InlineData("{\"text\":\"\\ud800\"}", "line 1: not valid JSON")]
    [InlineData("hello", "line 1: not valid JSON")]
    public void A_broken_line_is_named(string contents, string expected)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.jsonl", contents);
        RequireError($"{path}, {expected}", () => TextSource.Open(path).Documents().Count());
    }

    [Fact]
    public void A_line_that_is_not_utf8_is_named()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.jsonl", [.. "{\"text\":\"a\"}\n{\"text\":\""u8, 0xFF, .. "\"}"u8]);
        RequireError($"{path}, line 2: not valid JSON", () => TextSource.Open(path).Documents().Count());
    }

    [Fact]
    public void What_gives_no_text_is_one_line()
    {
        using TemporaryFolder folder = new();
        string empty = folder.Write("empty.txt", "");
        folder.Write("blank.jsonl", "\n\n{\"text\":\"\"}\n");
        RequireError("no such file or folder", () => TextSource.Open(folder["missing"]));
        RequireError("the pattern matches no file", () => TextSource.Open(folder["*.csv"]));
        RequireError("the pattern matches no file", () => TextSource.Open(folder["none/*/x"]));
        RequireError("the file is empty", () => TextSource.Open(empty).Documents().Count());
        RequireError("all 2 files are empty", () => TextSource.Open(folder.Root).Documents().Count());
        Directory.CreateDirectory(folder["folder"]);
        RequireError("has no .txt, .jsonl or .parquet file", () => TextSource.Open(folder["folder"]));
        RequireError("is UTF-16", () => TextSource.Open(folder.Write("w.txt", [0xFF, 0xFE, 65, 0])).Documents().Count());
    }

    private static string Text(Document document) => Encoding.UTF8.GetString(document.Text.Span);

    private static void RequireError(string expected, Func<object> action)
    {
        CalmException failure = Assert.Throws<CalmException>(() => action());
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void Lines_of_JSON_under_another_name_are_documents()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("validation.json", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
        Assert.Equal(["one", "two"], TextSource.Open(path).Documents().Select(Text));
        string deep = "{\"meta\":" + new string('[', 200) + new string(']', 200) + ",\"text\":\"three\"}";
        Assert.Equal(["three"], TextSource.Open(folder.Write("deep.jsonl", deep)).Documents().Select(Text));
    }

    [Theory]
    [InlineData("a.txt", "504B0304", "is an archive; unpack it first")]
    [InlineData("a.jsonl", "1F8B0800", "its compressed data is damaged or cut short")]
    [InlineData("a.jsonl", "FFFE7B00", "is UTF-16; convert it to UTF-8")]
    [InlineData("a.txt", "FD377A585A00", "is compressed; decompress it first (unxz)")]
    [InlineData("a.txt", "610062", "is binary")]
    public void What_is_no_text_is_refused_with_the_remedy(string name, string bytes, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write(name, Convert.FromHexString(bytes));
        Assert.Contains(message, Assert.Throws<CalmException>(() => TextSource.Open(path).Documents().ToArray()).Message);
    }

    [Fact]
    public void A_device_is_refused_at_once()
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains(
                "is a pipe or a device", Assert.Throws<CalmException>(() => TextSource.Open("/dev/zero")).Message);
        }
    }
}

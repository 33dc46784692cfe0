using System.Text;
using Calm.Runtime;
using Parquet;

namespace Calm.Training.Tests;

public sealed class ParquetTextTests
{
    [Theory]
    [InlineData(Forms.Differences)]
    [InlineData(Forms.Lengths)]
    [InlineData(Forms.Places)]
    public void Every_encoding_of_texts_is_read_and_null_is_empty(string file)
    {
        using TemporaryFolder folder = new();
        TextSource source = TextSource.Open(folder.Write("a", Convert.FromBase64String(file)));
        Assert.Equal(
            Enumerable.Range(0, 100).Select(i => i % 9 == 4 ? "" : $"line {i % 12 * i % 5} \u00e9"), source.All().Select(Text));
    }

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Brotli)]
    [InlineData(CompressionMethod.Zstd)]
    public void Every_compression_is_read(CompressionMethod compression)
    {
        using TemporaryFolder folder = new();
        string?[] texts = [.. Enumerable.Range(0, 50).Select(i => i % 7 == 3 ? null : SmallText.Words(i % 9))];
        foreach (bool dictionary in new[] { false, true })
        {
            string path = folder.Write("a", Forms.Parquet(texts, compression, 20, dictionary));
            Assert.Equal(texts.Select(text => text ?? ""), TextSource.Open(path).All().Select(Text));
        }
    }

    [Fact]
    public void What_cannot_be_read_is_one_line()
    {
        using TemporaryFolder folder = new();
        byte[] right = Forms.Parquet(["a", "b"]);
        string path = folder.Write("a", right);
        Assert.EndsWith(
            "has no \"body\", but \"text\"; name the field that is the text: text_field=text.", Refused("body"),
            StringComparison.Ordinal);
        Assert.Contains("column \"id\" is no text", Refused("id"));
        folder.Write("a", right[..^1]);
        Assert.Contains("is no whole Parquet file: its end is missing", Refused("text"));
        folder.Write("a", [.. right[..^8], 0xFF, 0xFF, 0xFF, 0xFF, .. right[^4..]]);
        Assert.Contains("its footer has 4294967295 bytes", Refused("text"));
        folder.Write("a", Forms.Parquet(["a"], CompressionMethod.Lz4Raw));
        Assert.Contains("its compression, number 7 of the format, is not known here", Refused("text"));
        folder.Write("a", Forms.Gzip(right));
        Assert.Contains("is a compressed Parquet file", Refused("text"));

        string Refused(string field) => Assert.Throws<CalmException>(
            () => TextSource.Open(new TextOptions { Field = field }, path).All().Count()).Message;
    }

    private static string Text(Document document) => Encoding.UTF8.GetString(document.Text.Span);
}

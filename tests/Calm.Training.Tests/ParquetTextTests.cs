using System.Text;
using Calm.Runtime;
using Parquet;

namespace Calm.Training.Tests;

public sealed class ParquetTextTests
{
    // Written by Apache Arrow: 100 rows in pages of version 2, as differences and in Zstandard; ...
    private const string Differences =
        "UEFSMRUGFdIGFfoCXBXIARUWFcgBFQ4VIBUAEQAACe/fv38QARH+/fv379+/Dyi1L/1gmQAdBQAixxcdoKc5/9mHBXOH3wguhy6/Dwq4bW3iYHX4"
        + "vEAELQUoIUgauHcO5N5J7h3k3jkOYpFQtK0x5V+mtP/r8PZV3v6/vRmKiAHBQoO1LWOJrViSthXBaZU4bTudhSIioAsNFhwAAMIfKMw8GPDB5r0A"
        + "+sDGEtl9jMfKCNxBwBpAmEnDTwReOBzNN4TMgDCQGMhvpiG+MAMDKk0b4AMDKk2LsPkEGRwWCBWuAxYAABkWwgwAFQQZLDUAGAZzY2hlbWEVAgAV"
        + "DCUCGAR0ZXh0JQBMHAAAABbIARkcGRwmABwVDBklBg4ZGAR0ZXh0FQwWyAEWhgcWrgMmCEkcFQAVDhUCADwWwgwZBhkmFrIBAAAWtgMVHgAWhgcW"
        + "yAEmCBauAwAoABkcHAAAAHYAAABQQVIx";

    // ... after their lengths, in gzip; ...
    private const string Lengths =
        "UEFSMRUGFfYMFeQBXBXIARUWFcgBFQwVIBUAEQAACe/fv38QARH+/fv379+/Dx+LCAAAAAAAAgNrYGSJFGIAgZzMvFQFA4XDK8EMQxjDBINBjBpD"
        + "3IrhIsYYIia41eBRjCkFZxhh2G6EWzExakgymSTb8UgZUxZi1Io48iLXmNr+ojB4yVcMANG7yrIrAwAAGRwWCBWYAhYAABkWwgwAFQQZLDUAGAZz"
        + "Y2hlbWEVAgAVDCUCGAR0ZXh0JQBMHAAAABbIARkcGRwmABwVDBklBgwZGAR0ZXh0FQQWyAEWqg0WmAImCEkcFQAVDBUCADwWwgwZBhkmFrIBAAAW"
        + "oAIVHgAWqg0WyAEmCBaYAgAoABkcHAAAAHYAAABQQVIx";

    // ... and as places in a dictionary, in Snappy.
    private const string Places =
        "UEFSMRUEFYIBFV5MFQoVABIAAEEwCQAAAGxpbmUgMCDDqRUNCDEgwxkNCDQgwxkNQDMgw6kJAAAAbGluZSAyIMOpFQAVdBV4LBXIARUQFQYVBgAA"
        + "OuQQAAAACe/fv38QARH+/fv379+/DwMZiIRIQTAIGzSAIRACYAiGAIENwiZECqIg2IANwsAQYAgwBAAAGRwWhAEVnAEWAAAZFsIMABUEGSw1ABgG"
        + "c2NoZW1hFQIAFQwlAhgEdGV4dCUATBwAAAAWyAEZHBkcJgAcFQwZNQAGEBkYBHRleHQVAhbIARa4AhaYAiaEASYIKSwVBBUAFQIAFQAVEBUCADwW"
        + "wgwZBhkmFrIBAAAWoAIVIAAWuAIWyAEmCBaYAgAoABkcHAAAAIEAAABQQVIx";

    [Theory]
    [InlineData(Differences)]
    [InlineData(Lengths)]
    [InlineData(Places)]
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

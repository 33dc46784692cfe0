using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Files that are no weights are told by their beginnings.</summary>
public sealed class OtherFileTests
{
    [Theory]
    [InlineData("GGUF\u0003\0\0\0", "is a GGUF file")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS")]
    [InlineData("{\"architectures\": []}", "is text, no weights")]
    [InlineData("<!doctype html>", "is text, no weights")]
    public void Each_is_named(string start, string expected)
    {
        using TemporaryFolder folder = new();
        CalmException failure = Assert.Throws<CalmException>(() => ModelWeights.Open(folder.Write("file", start)).Dispose());
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    /// <summary>The first byte of a header of 123 bytes is that of an opening brace.</summary>
    [Fact]
    public void A_safetensors_file_whose_first_byte_is_a_brace_is_read()
    {
        using TemporaryFolder folder = new();
        byte[] json = new byte[123];
        json.AsSpan().Fill((byte)' ');
        "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}"u8.CopyTo(json);
        using ModelWeights weights = ModelWeights.Open(folder.Write("file", [.. SafetensorsBytes.Length(123), .. json, 7]));
        Assert.Equal([7f], weights.Read("x"));
    }
}

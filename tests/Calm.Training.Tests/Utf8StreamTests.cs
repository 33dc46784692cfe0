using System.Text;

namespace Calm.Training.Tests;

public sealed class Utf8StreamTests
{
    [Fact]
    public void Pieces_of_any_size_make_the_text_and_never_half_a_character()
    {
        const string text = "Grüße 你好 👋🏽 end";
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int size = 1; size <= bytes.Length; size++)
        {
            Utf8Stream stream = new();
            List<string> pieces = [.. bytes.Chunk(size).Select(chunk => stream.Append(chunk)), stream.Finish()];
            Assert.Equal(text, string.Concat(pieces));
            Assert.All(pieces, piece => Assert.Equal(piece, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(piece))));
        }
    }

    [Fact]
    public void Invalid_bytes_are_replaced_as_soon_as_they_are_known_to_be_invalid()
    {
        Utf8Stream stream = new();
        Assert.Equal("a\uFFFD", stream.Append([(byte)'a', 0xFF]));
        Assert.Equal("", stream.Append([0xE4, 0xBD]));
        Assert.Equal("\uFFFDb", stream.Append("b"u8));
        Assert.Equal("", stream.Append([0xF0, 0x9F]));
        Assert.Equal("\uFFFD", stream.Finish());
        Assert.Equal("c", stream.Append("c"u8));
        Assert.Equal("", stream.Finish());
    }

    [Fact]
    public void Pieces_of_random_bytes_make_what_the_whole_makes()
    {
        Random random = new(1);
        byte[] bytes = new byte[2000];
        random.NextBytes(bytes);
        Utf8Stream stream = new();
        StringBuilder text = new();
        foreach (byte[] chunk in bytes.Chunk(3))
        {
            text.Append(stream.Append(chunk));
        }

        Assert.Equal(Encoding.UTF8.GetString(bytes), text.Append(stream.Finish()).ToString());
    }
}

using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Properties of every tokenizer.</summary>
public sealed class TokenizerTests
{
    private const string Text = "The value of the elements. The values' element, isn't it?\r\n\r\n  Grüße, 你好 👋 12345 x==y\t";

    public static TheoryData<string> Kinds => [.. KindNames];

    private static string[] KindNames => ["bytes", "bpe", "bpe without merges"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_bytes_come_back(string kind)
    {
        ITokenizer tokenizer = Create(kind);
        Random random = new(1);
        for (int length = 0; length < 600; length += 7)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            RequireRoundTrip(tokenizer, bytes);

            // Few different bytes: words, long runs, broken characters.
            byte[] alphabet = [.. " \nat'0.\u00e4"u8, 0x80];
            RequireRoundTrip(tokenizer, [.. bytes.Select(value => alphabet[value % alphabet.Length])]);
        }

        RequireRoundTrip(tokenizer, Encoding.UTF8.GetBytes(Text));
        RequireRoundTrip(tokenizer, Encoding.UTF8.GetBytes(new string('é', 1000)));
        Assert.Equal(Text, tokenizer.DecodeText(tokenizer.Encode(Text)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Special_ids_are_last_never_encoded_and_decode_to_nothing(string kind)
    {
        ITokenizer tokenizer = Create(kind);
        int size = tokenizer.VocabularySize;
        Assert.Equal([size - 3, size - 2, size - 1], [tokenizer.Begin, tokenizer.EndOfText, tokenizer.Pad]);
        Assert.Equal("a", tokenizer.DecodeText([tokenizer.Begin, 'a', tokenizer.EndOfText, tokenizer.Pad]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([size]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
        byte[] allBytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        Assert.DoesNotContain(tokenizer.Encode(allBytes), id => id >= tokenizer.Begin);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_saved_tokenizer_is_the_same(string kind)
    {
        using TemporaryFolder folder = new();
        string path = folder["tokenizer.json"];
        ITokenizer tokenizer = Create(kind);
        TokenizerFile.Save(tokenizer, path);
        ITokenizer loaded = TokenizerFile.Load(path);
        Assert.Equal(tokenizer.Name, loaded.Name);
        Assert.Equal(tokenizer.Hash, loaded.Hash);
        Assert.Equal(tokenizer.Encode(Text), loaded.Encode(Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"format":"other","version":1,"type":"bytes","vocabulary":259,"begin":256,"end":257,"pad":258,"merges":[]}""")]
    [InlineData("""{"format":"calm-tokenizer","version":2,"type":"bytes","vocabulary":259,"begin":256,"end":257,"pad":258,"merges":[]}""")]
    [InlineData("""{"format":"calm-tokenizer","version":1,"type":"words","vocabulary":259,"begin":256,"end":257,"pad":258,"merges":[]}""")]
    [InlineData("""{"format":"calm-tokenizer","version":1,"type":"bytes","vocabulary":259,"begin":256,"end":257,"pad":258,"merges":null}""")]
    [InlineData("""{"format":"calm-tokenizer","version":1,"type":"bytes","vocabulary":300,"begin":256,"end":257,"pad":258,"merges":[]}""")]
    [InlineData("""{"format":"calm-tokenizer","version":1,"type":"bpe","vocabulary":260,"begin":257,"end":258,"pad":259,"merges":[[1]]}""")]
    [InlineData("""{"format":"calm-tokenizer","version":1,"type":"bpe","vocabulary":260,"begin":257,"end":258,"pad":259,"merges":[null]}""")]
    [InlineData("""{"format":"calm-tokenizer","version":1,"type":"bpe","vocabulary":260,"begin":257,"end":258,"pad":259,"merges":[[1,256]]}""")]
    [InlineData("""{"format":"calm-tokenizer","version":1,"type":"bpe","vocabulary":260,"begin":257,"end":258,"pad":259,"merges":[[-1,2]]}""")]
    [InlineData("""{"format":"calm-tokenizer","version":1,"type":"bpe","vocabulary":261,"begin":258,"end":259,"pad":260,"merges":[[1,2],[1,2]]}""")]
    public void A_file_that_is_no_tokenizer_is_refused(string json)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("tokenizer.json", json);
        CalmException failure = Assert.Throws<CalmException>(() => TokenizerFile.Load(path));
        Assert.StartsWith($"{path}: not a tokenizer", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void Tokens_that_double_without_end_are_refused()
    {
        (int, int)[] doubling = [('a', 'a'), .. Enumerable.Range(256, 40).Select(id => (id, id))];
        Assert.Throws<ArgumentException>(() => new BpeTokenizer(doubling));
    }

    [Fact]
    public void Another_tokenizer_has_another_hash() =>
        Assert.Equal(KindNames.Length, KindNames.Select(kind => Create(kind).Hash).Distinct().Count());

    private static ITokenizer Create(string kind) => kind switch
    {
        "bytes" => new ByteTokenizer(),
        "bpe" => BpeTrainer.Train([new Document("text", Encoding.UTF8.GetBytes(Text + Text))], 300),
        _ => new BpeTokenizer([]),
    };

    private static void RequireRoundTrip(ITokenizer tokenizer, byte[] bytes) =>
        Assert.Equal(bytes, tokenizer.Decode(tokenizer.Encode(bytes)));
}

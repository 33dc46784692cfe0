using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class TokenFileTests
{
    private static readonly ByteTokenizer Bytes = new();

    [Fact]
    public void Documents_end_and_are_padded_to_patches()
    {
        using TemporaryFolder folder = new();
        using TokenFile file = Write(folder, Bytes, 4, "abc", "abcd", "");
        Assert.Equal((12 + 4, 3, 4, 259), (file.Tokens, file.Documents, file.PatchSize, file.VocabularySize));
        Assert.Equal(['a', 'b', 'c', 257], Read(file, 0));
        Assert.Equal(['a', 'b', 'c', 'd', 257, 258, 258, 258], Read(file, 1));
        Assert.Equal([257, 258, 258, 258], Read(file, 2));
    }

    [Fact]
    public void Without_patches_there_is_no_padding()
    {
        using TemporaryFolder folder = new();
        using TokenFile file = Write(folder, Bytes, 1, "ab", "c");
        int[] all = new int[(int)file.Tokens];
        file.Read(0, all);
        Assert.Equal(['a', 'b', 257, 'c', 257], all);
    }

    [Fact]
    public void Reading_goes_round()
    {
        using TemporaryFolder folder = new();
        using TokenFile file = Write(folder, Bytes, 1, "abc");
        int[] ids = new int[9];
        file.Read(2, ids);
        Assert.Equal(['c', 257, 'a', 'b', 'c', 257, 'a', 'b', 'c'], ids);
    }

    [Fact]
    public void Many_documents_come_back_in_their_order()
    {
        using TemporaryFolder folder = new();
        BpeTokenizer tokenizer = BpeTrainer.Train([new Document("text", "the value of the element of the set"u8.ToArray())], 280);
        string[] texts = [.. Enumerable.Range(0, 3000).Select(i => string.Join(" the value ", Enumerable.Range(0, i % 90)))];
        using TokenFile file = Write(folder, tokenizer, 4, texts);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(texts[i], tokenizer.DecodeText(Read(file, i)));
        }
    }

    [Fact]
    public void A_large_vocabulary_takes_four_bytes_a_token()
    {
        using TemporaryFolder folder = new();
        ITokenizer wide = new WideTokenizer();
        using TokenFile file = Write(folder, wide, 2, "abc");
        Assert.Equal([100_000 + 'a', 100_000 + 'b', 100_000 + 'c', wide.EndOfText], Read(file, 0));
    }

    [Fact]
    public void A_crash_while_building_leaves_the_old_file()
    {
        using TemporaryFolder folder = new();
        Write(folder, Bytes, 1, "old").Dispose();
        bool crashed = true;
        for (int operation = 0; crashed; operation++)
        {
            crashed = DiskFaults.CrashAt(operation, () => Write(folder, Bytes, 1, "new!").Dispose());
            using TokenFile file = TokenFile.Open(folder["tokens.bin"], Bytes);
            Assert.Contains(file.Tokens, new long[] { 4, 5 });
        }
    }

    [Fact]
    public void Another_tokenizer_is_refused()
    {
        using TemporaryFolder folder = new();
        Write(folder, Bytes, 1, "abc").Dispose();
        RequireRefused(folder, new BpeTokenizer([]), "was made with another tokenizer");
    }

    [Theory]
    [InlineData(0, "not a token file")]
    [InlineData(8, "token file of version")]
    [InlineData(12, "announces")]
    [InlineData(16, "document 0 spans")]
    [InlineData(24, "the file is damaged")]
    [InlineData(31, "the file is damaged")]
    [InlineData(32, "the file is damaged")]
    [InlineData(39, "the file is damaged")]
    [InlineData(40, "was made with another tokenizer")]
    [InlineData(88, "its documents span tokens")]
    [InlineData(96, "document 1 spans")]
    public void A_changed_byte_is_found(int position, string expected)
    {
        using TemporaryFolder folder = new();
        Write(folder, Bytes, 1, "abc", "d").Dispose();
        byte[] bytes = File.ReadAllBytes(folder["tokens.bin"]);
        int offsets = bytes.Length - 3 * sizeof(long);
        bytes[position < TokenFileHeader.ByteCount ? position : offsets + position - 88] += position == 88 ? (byte)1 : (byte)100;
        folder.Write("tokens.bin", bytes);
        RequireRefused(folder, Bytes, expected);
    }

    [Fact]
    public void Every_cut_is_refused()
    {
        using TemporaryFolder folder = new();
        Write(folder, Bytes, 1, "abc", "d").Dispose();
        byte[] bytes = File.ReadAllBytes(folder["tokens.bin"]);
        for (int length = 0; length < bytes.Length; length++)
        {
            folder.Write("tokens.bin", bytes[..length]);
            RequireRefused(folder, Bytes, length < TokenFileHeader.ByteCount ? "not a token file" : "the file is damaged");
        }
    }

    /// <summary>A map is read beyond the file's end otherwise, which ends the process.</summary>
    [Fact]
    public void A_file_that_is_cut_short_while_open_is_a_fault_of_its_own()
    {
        using TemporaryFolder folder = new();
        using TokenFile file = Write(folder, Bytes, 1, new string('a', 100_000));
        using (FileStream cut = new(folder["tokens.bin"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            cut.SetLength(100);
        }

        string message = Assert.Throws<CalmException>(() => file.Read(90_000, new int[2])).Message;
        Assert.Contains("was cut short while open", message, StringComparison.Ordinal);
        Assert.Throws<CalmException>(() => file.Document(0));
    }

    [Fact]
    public void An_id_beyond_the_vocabulary_is_never_handed_out()
    {
        using TemporaryFolder folder = new();
        Write(folder, Bytes, 1, "abc").Dispose();
        byte[] bytes = File.ReadAllBytes(folder["tokens.bin"]);
        bytes[TokenFileHeader.ByteCount + 1] = 0x7F;
        folder.Write("tokens.bin", bytes);
        using TokenFile file = TokenFile.Open(folder["tokens.bin"], Bytes);
        CalmException failure = Assert.Throws<CalmException>(() => file.Read(0, new int[2]));
        Assert.Contains("its vocabulary has 259", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_documents_and_no_file_are_one_line()
    {
        using TemporaryFolder folder = new();
        CalmException empty = Assert.Throws<CalmException>(() => Write(folder, Bytes, 1));
        Assert.Contains("give some", empty.Message, StringComparison.Ordinal);
        RequireRefused(folder, Bytes, "no such file");
    }

    internal static TokenFile Write(TemporaryFolder folder, ITokenizer tokenizer, int patchSize, params string[] texts)
    {
        string path = folder["tokens.bin"];
        Document[] documents = [.. texts.Select((text, i) => new Document($"{i}", Encoding.UTF8.GetBytes(text)))];
        TokenFileWriter.Write(path, documents, tokenizer, patchSize);
        return TokenFile.Open(path, tokenizer);
    }

    private static int[] Read(TokenFile file, long document)
    {
        (long start, int length) = file.Document(document);
        int[] ids = new int[length];
        file.Read(start, ids);
        return ids;
    }

    private static void RequireRefused(TemporaryFolder folder, ITokenizer tokenizer, string expected)
    {
        string path = folder["tokens.bin"];
        CalmException failure = Assert.Throws<CalmException>(() => TokenFile.Open(path, tokenizer));
        Assert.StartsWith(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    /// <summary>Bytes far beyond 16 bits.</summary>
    private sealed class WideTokenizer : ITokenizer
    {
        public string Name => "wide";

        public int VocabularySize => 100_000 + 256 + Tokenizers.SpecialCount;

        public string Hash => new('a', 64);

        public void Encode(ReadOnlySpan<byte> text, List<int> ids)
        {
            foreach (byte value in text)
            {
                ids.Add(100_000 + value);
            }
        }

        public ReadOnlySpan<byte> BytesOf(int id) => [];
    }
}

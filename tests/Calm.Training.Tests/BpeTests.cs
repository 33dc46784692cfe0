using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class BpeTests
{
    [Fact]
    public void The_most_frequent_pair_is_merged_first()
    {
        // ab occurs 5 times, then (ab)c 3 times; cd twice.
        BpeTokenizer tokenizer = Train("abc abc abc ab ab cd cd", 256 + 3 + 3);
        Assert.Equal([('a', 'b'), (' ', 256)], tokenizer.Merges.Take(2));
        Assert.Equal("ab"u8, tokenizer.BytesOf(256));
    }

    [Fact]
    public void Equal_counts_go_by_ids() =>
        Assert.Equal([('a', 'b'), ('c', 'd')], Train("cd\nab\ncd\nab\n", 256 + 2 + 3).Merges);

    [Fact]
    public void Overlapping_pairs_count_and_merge_from_the_left()
    {
        BpeTokenizer tokenizer = Train("aaaaa\naaaaa\n", 256 + 2 + 3);
        Assert.Equal([('a', 'a'), (256, 'a')], tokenizer.Merges);
        Assert.Equal([256, 257], tokenizer.Encode("aaaaa"));
    }

    [Fact]
    public void Training_agrees_with_counting_anew_for_each_merge()
    {
        Random random = new(3);
        string text = string.Concat(Enumerable.Range(0, 400).Select(_ =>
            new string([.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => (char)('a' + random.Next(4)))]) + "\n"));
        const int merges = 60;
        Assert.Equal(MergesByDefinition(text, merges), Train(text, 256 + 3 + merges).Merges);
    }

    [Fact]
    public void Threads_and_the_order_of_documents_change_nothing()
    {
        // Several batches; each document ends a line and the next begins one, so that joining them makes no other word.
        byte[] Text(int i) => [.. "a"u8, .. SomeText(i, 1500), .. "a\n"u8];
        byte[] LongText(int i) => [.. Enumerable.Repeat(Text(i), 40).SelectMany(text => text)];
        Document[] documents = [.. Enumerable.Range(0, 40).Select(i => new Document($"{i}", LongText(i)))];
        string hash = BpeTrainer.Train(documents, 700, threads: 1).Hash;
        Assert.Equal(hash, BpeTrainer.Train(documents.Reverse(), 700, threads: 4).Hash);
        byte[] joined = [.. documents.SelectMany(document => document.Text.ToArray())];
        Assert.Equal(hash, BpeTrainer.Train([new Document("all", joined)], 700).Hash);
    }

    [Fact]
    public void No_two_tokens_have_the_same_bytes()
    {
        string text = string.Concat(Enumerable.Range(0, 300).Select(i => new string('a', i % 13 + 1) + new string('b', i % 5) + "\n"));
        BpeTokenizer tokenizer = Train(text, 256 + 3 + 30);
        string[] tokens = [.. Enumerable.Range(0, tokenizer.VocabularySize - 3).Select(id => Convert.ToHexString(tokenizer.BytesOf(id)))];
        Assert.Equal(tokens, tokens.Distinct());
    }

    [Fact]
    public void Long_words_are_merged_like_short_ones()
    {
        // A word is long from 97 bytes on; the definition searches it again for every merge.
        BpeTokenizer tokenizer = Train(Encoding.ASCII.GetString(SomeText(5, 20_000)).Replace(" ", "", StringComparison.Ordinal), 500);
        List<(int, int)> merges = [.. tokenizer.Merges];
        PairMerges pairs = new();
        foreach (((int left, int right), int i) in tokenizer.Merges.Select((merge, i) => (merge, i)))
        {
            pairs.Add(left, right, 256 + i);
        }

        for (int length = 90; length < 400; length += 31)
        {
            int[] ids = [.. SomeText(length, length).Select(value => (int)value)];
            List<int> wanted = [.. ids];
            while (wanted.Zip(wanted.Skip(1)).Select((pair, at) => (Rank: merges.IndexOf(pair), At: at))
                .Where(found => found.Rank >= 0).Order().Cast<(int Rank, int At)?>().FirstOrDefault() is { } best)
            {
                wanted[best.At] = 256 + best.Rank;
                wanted.RemoveAt(best.At + 1);
            }

            Assert.Equal(wanted, ids[..pairs.Apply(ids)]);
        }
    }

    [Fact]
    public void Encoding_applies_merges_in_their_order()
    {
        BpeTokenizer tokenizer = new([('b', 'c'), ('a', 'b'), (257, 256), ('a', 256)]);
        Assert.Equal([259], tokenizer.Encode("abc"));
        Assert.Equal([257, 'b'], tokenizer.Encode("abb"));
    }

    [Fact]
    public void A_cache_of_words_changes_nothing()
    {
        BpeTokenizer tokenizer = Train(Encoding.ASCII.GetString(SomeText(1, 50_000)), 600);
        byte[] text = SomeText(2, 50_000);
        int[] first = tokenizer.Encode(text);
        Assert.Equal(first, tokenizer.Encode(text));
        Assert.Equal(first, new BpeTokenizer(tokenizer.Merges).Encode(text));
        Parallel.For(0, 8, _ => Assert.Equal(first, tokenizer.Encode(text)));
    }

    [Fact]
    public void Too_little_text_gives_a_smaller_vocabulary_and_a_remark()
    {
        List<string> remarks = [];
        BpeTokenizer tokenizer = BpeTrainer.Train([new Document("text", "abab"u8.ToArray())], 1000, remark: remarks.Add);
        Assert.Equal(256 + 3 + 1, tokenizer.VocabularySize);
        Assert.Contains("a vocabulary of 1000; it has 260", Assert.Single(remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_and_no_room_for_bytes_are_errors()
    {
        Assert.Contains("empty", Assert.Throws<CalmException>(() => Train("", 300)).Message, StringComparison.Ordinal);
        Assert.Contains("258 is too small", Assert.Throws<CalmException>(() => Train("a", 258)).Message, StringComparison.Ordinal);
        IEnumerable<Document> broken = Enumerable.Range(0, 2).Select(Document (_) => throw new CalmException("broken"));
        Assert.Equal("broken", Assert.Throws<CalmException>(() => BpeTrainer.Train(broken, 300)).Message);
    }

    [Theory]
    [InlineData("The value", "The| value")]
    [InlineData("isn't", "isn|'t")]
    [InlineData("'a' b", "'a|'| b")]
    [InlineData("x = (y+1);", "x| =| (|y|+|1|);")]
    [InlineData("12345 678", "123|45| 678")]
    [InlineData("a  b", "a| | b")]
    [InlineData("a\t\tb \n\n c", "a|\t\t|b| |\n\n| c")]
    [InlineData("Grüße 你好", "Grüße| 你好")]
    [InlineData("end ", "end| ")]
    public void Text_is_cut_into_words(string text, string words)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        List<string> found = [];
        for (int start = 0; start < bytes.Length;)
        {
            int end = WordScanner.End(bytes, start);
            found.Add(Encoding.UTF8.GetString(bytes[start..end]));
            start = end;
        }

        Assert.Equal(words.Split('|'), found);
    }

    [Fact]
    public void Long_words_are_cut_between_characters()
    {
        Assert.Equal(3 * WordScanner.LongestWord, WordScanner.End(Encoding.UTF8.GetBytes(new string('你', 200)), 0));
        Assert.Equal(WordScanner.LongestWord, WordScanner.End(Encoding.UTF8.GetBytes(" " + new string('a', 200)), 0));
        byte[] noCharacters = [.. Enumerable.Repeat((byte)0x80, 3000)];
        Assert.Equal(WordScanner.MostBytes, WordScanner.End(noCharacters, 0));
    }

    private static BpeTokenizer Train(string text, int vocabulary) =>
        BpeTrainer.Train([new Document("text", Encoding.UTF8.GetBytes(text))], vocabulary);

    private static byte[] SomeText(int seed, int length)
    {
        Random random = new(seed);
        byte Letter() => (byte)"etaoins hr\n .,1"[(int)(15 * Math.Pow(random.NextDouble(), 2))];
        return [.. Enumerable.Range(0, length).Select(_ => Letter())];
    }

    private static List<(int Left, int Right)> MergesByDefinition(string text, int merges)
    {
        List<List<int>> words = [.. text.Split('\n').Select(word => word.Select(letter => (int)letter).ToList())];
        List<(int Left, int Right)> result = [];
        List<string> texts = [.. Enumerable.Range(0, 256).Select(value => $"{(char)value}")];
        for (int id = 256; id < 256 + merges; id++)
        {
            var best = words.SelectMany(word => word.Zip(word.Skip(1)))
                .Where(pair => !texts.Contains(texts[pair.First] + texts[pair.Second]))
                .CountBy(pair => pair)
                .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key)
                .First().Key;
            result.Add(best);
            texts.Add(texts[best.First] + texts[best.Second]);
            foreach (List<int> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if ((word[i], word[i + 1]) == best)
                    {
                        word[i] = id;
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }

        return result;
    }
}

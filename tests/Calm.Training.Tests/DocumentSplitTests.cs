using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class DocumentSplitTests
{
    [Fact]
    public void About_the_fraction_is_held_out_and_nothing_is_lost()
    {
        Document[] documents = Many(2000);
        DocumentSplit split = new(documents, 0.05);
        Assert.InRange(split.HeldOut.Count(), 60, 140);
        Assert.Equal(documents.Order(ByName), split.Train.Concat(split.HeldOut).Order(ByName));
        Assert.False(DocumentSplit.SharesText(split.Train, split.HeldOut, out _));
    }

    [Fact]
    public void The_split_depends_on_texts_and_seed_alone()
    {
        Document[] documents = Many(500);
        HashSet<string> heldOut = [.. new DocumentSplit(documents, 0.1, 7).HeldOut.Select(document => document.Name)];
        Assert.Equal(heldOut, [.. new DocumentSplit(documents.Reverse(), 0.1, 7).HeldOut.Select(document => document.Name)]);
        Assert.NotEqual(heldOut, [.. new DocumentSplit(documents, 0.1, 8).HeldOut.Select(document => document.Name)]);
    }

    [Fact]
    public void Copies_are_on_one_side()
    {
        Document[] once = Many(100);
        Document[] documents = [.. once, .. once.Select(document => document with { Name = "copy of " + document.Name })];
        DocumentSplit split = new(documents, 0.2);
        Assert.False(DocumentSplit.SharesText(split.Train, split.HeldOut, out _));
        Assert.Equal(200, split.Train.Count() + split.HeldOut.Count());
    }

    [Theory]
    [InlineData(20, 0.05)]
    [InlineData(2, 0.5)]
    [InlineData(30, 0.95)]
    [InlineData(3, 0.05)]
    [InlineData(1, 0.05)]
    public void Neither_part_is_empty(int count, double fraction)
    {
        for (ulong seed = 0; seed < 30; seed++)
        {
            DocumentSplit split = new(Many(count), fraction, seed);
            Assert.NotEmpty(split.Train);
            Assert.NotEmpty(split.HeldOut);
        }
    }

    [Fact]
    public void Of_few_documents_the_last_lines_are_held_out()
    {
        string text = string.Concat(Enumerable.Range(0, 1000).Select(line => $"line {line}\n"));
        DocumentSplit split = new([new Document("book", Encoding.UTF8.GetBytes(text))], 0.05);
        string train = Text(split.Train.Single());
        string heldOut = Text(split.HeldOut.Single());
        Assert.Equal(text, train + heldOut);
        Assert.EndsWith("\n", train, StringComparison.Ordinal);
        Assert.InRange(heldOut.Length, text.Length * 0.05, text.Length * 0.052);
        Assert.False(DocumentSplit.SharesText(split.Train, split.HeldOut, out _));
    }

    [Fact]
    public void One_long_line_is_cut_between_characters()
    {
        DocumentSplit split = new([new Document("line", Encoding.UTF8.GetBytes(new string('你', 101)))], 0.05);
        Assert.DoesNotContain('\uFFFD', Text(split.Train.Single()) + Text(split.HeldOut.Single()));
    }

    [Fact]
    public void Shared_lines_are_found_and_blank_ones_do_not_count()
    {
        Document one = new("one", "a line\n\nanother\n"u8.ToArray());
        Document two = new("two", "\n  another \n"u8.ToArray());
        Assert.True(DocumentSplit.SharesText([one], [two], out string line));
        Assert.Equal("another", line);
        Assert.False(DocumentSplit.SharesText([one], [new Document("three", "\n\n"u8.ToArray())], out _));
    }

    [Fact]
    public void Too_little_text_and_impossible_fractions_are_one_line()
    {
        Assert.Contains("give more", Assert.Throws<CalmException>(() => new DocumentSplit([])).Message, StringComparison.Ordinal);
        Assert.Throws<CalmException>(() => new DocumentSplit([new Document("a", "a"u8.ToArray())]));
        Assert.Throws<CalmException>(() => new DocumentSplit(Many(3), 0));
        Assert.Throws<CalmException>(() => new DocumentSplit(Many(3), 1));
    }

    private static Comparer<Document> ByName { get; } =
        Comparer<Document>.Create((left, right) => string.CompareOrdinal(left.Name, right.Name));

    private static string Text(Document document) => Encoding.UTF8.GetString(document.Text.Span);

    private static Document[] Many(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Document($"{i}", Encoding.UTF8.GetBytes($"text {i}\nmore {i}\n")))];
}

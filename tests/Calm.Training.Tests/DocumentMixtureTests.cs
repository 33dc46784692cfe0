using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class DocumentMixtureTests
{
    [Fact]
    public void Shares_follow_weights_short_sources_are_repeated_and_long_ones_cut()
    {
        Document[] few = Many("few", 3, 100);
        Document[] many = Many("many", 17, 100);
        Document[] mixed = [.. new DocumentMixture([new("few", few, 3), new("many", many, 1)]).Documents];
        Assert.Equal(1500, Bytes(mixed, "few"));
        Assert.Equal(500, Bytes(mixed, "many"));
        Assert.Equal([.. few, .. few, .. few, .. few, .. few], mixed[..15]);
        Assert.Equal(many[..5], mixed[15..]);
    }

    [Fact]
    public void A_document_is_cut_after_a_line_or_between_characters()
    {
        Document lines = new("lines", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("123456789\n", 10))));
        Document characters = new("characters", Encoding.UTF8.GetBytes(new string('\u20ac', 33)));
        Document[] mixed = [.. new DocumentMixture([new("l", [lines], 1), new("c", [characters], 1)]).Documents];
        Assert.Equal([100, 99], mixed.Select(document => document.Text.Length));
        mixed = [.. new DocumentMixture([new("l", [lines], 1), new("c", [characters], 2.02)]).Documents];
        Assert.Equal([60, 99, 33], mixed.Select(document => document.Text.Length)); // 66 of 199 bytes, and 133
    }

    [Fact]
    public void What_cannot_be_mixed_is_one_line()
    {
        Document[] text = Many("text", 100, 100);
        Document ids = new("ids", new byte[8], IsIds: true);
        MixedSource much = new("b", Many("b", 1200, 100), 1);
        Assert.Contains("would be repeated more than 1000 times", Refused([new("a", text[..1], 1e9), much]));
        Assert.Contains("has nothing to learn from", Refused([new("a", [], 1), new("b", text, 1)]));
        Assert.Contains("holds ids, which cannot be weighed against text", Refused([new("a", [ids], 1), new("b", text, 1)]));

        static string Refused(MixedSource[] sources) => Assert.Throws<CalmException>(() => new DocumentMixture(sources)).Message;
    }

    [Fact]
    public void What_was_given_to_hold_out_is_not_learnt_from()
    {
        Document[] all = Many("all", 10, 100);
        GivenHeldOut given = new([all[3], .. Many("other", 2, 50)]);
        Assert.Equal([.. all[..3], .. all[4..]], given.TrainOf(all));
        Assert.Equal(3, given.HeldOut.Count());
    }

    [Fact]
    public void Ids_are_cut_between_ids()
    {
        Document document = new("ids", new byte[400], IsIds: true);
        DocumentSplit split = new([document], 0.05);
        Assert.Equal(380, split.Train.Single().Text.Length);
        Assert.Equal(20, split.HeldOut.Single().Text.Length);
        Assert.Equal(48, DocumentCut.Find(document, 0, 51));
    }

    private static long Bytes(Document[] documents, string name) => documents
        .Where(document => document.Name.StartsWith(name, StringComparison.Ordinal)).Sum(document => document.Text.Length);

    private static Document[] Many(string name, int count, int bytes) =>
    [
        .. Enumerable.Range(0, count)
            .Select(i => new Document($"{name}{i}", Encoding.UTF8.GetBytes($"{name}{i}".PadRight(bytes)))),
    ];
}

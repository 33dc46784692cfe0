using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>The table of tuned choices is written and read, or refused in a line that says why.</summary>
public sealed class TuningFileTests
{
    private const string Head = "\"device\":\"d\",\"driver\":\"r\",\"choices\":\"v\"";
    private const string Start = "{" + Head + ",\"entries\":[";
    private const string End = "\"}]}";
    private const string Entry = "{\"choice\":\"slice\",\"of\":\"AdamW\",\"size\":\"1024\",\"candidate\":\"512\"}";

    [Fact]
    public void A_table_is_what_was_written()
    {
        using TemporaryFolder folder = new();
        TuningFile table = new(
            "device", "driver", ChoiceKinds.Version,
            [new("slice", "AdamW", "1024", "512"), new("product form", "NT", "512 x 256 x 64", "Rows16")]);
        table.Write(folder["a/table.json"]);
        TuningFile again = TuningFile.Read(folder["a/table.json"]);
        Assert.Equal(table.Entries, again.Entries);
        Assert.Equal((table.Device, table.Driver, table.Choices), (again.Device, again.Driver, again.Choices));
        Assert.Equal(["table.json"], Directory.GetFiles(folder["a"]).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{" + Head + "}")]
    [InlineData("{" + Head + ",\"entries\":null}")]
    [InlineData("{" + Head + ",\"entries\":[null]}")]
    [InlineData("{" + Head + ",\"entries\":[],\"more\":1}")]
    [InlineData("{" + Head + ",\"entries\":[],\"entries\":[]}")]
    [InlineData(Start + "{\"choice\":\"slice" + End)]
    [InlineData("{" + Head + ",\"entries\":[" + Entry + "," + Entry + "]}", "twice")]
    [InlineData(Start + "{\"choice\":\"colour\",\"of\":\"\",\"size\":\"1\",\"candidate\":\"1" + End, "no known choice")]
    [InlineData(Start + "{\"choice\":\"slice\",\"of\":\"A\",\"size\":\"1\",\"candidate\":\"3" + End, "unknown candidate 3")]
    [InlineData(Start + "{\"choice\":\"slice\",\"of\":\"A\",\"size\":\"1 x\",\"candidate\":\"512" + End, "sizes")]
    [InlineData(Start + "{\"choice\":\"slice\",\"of\":\"A\",\"size\":\"-1\",\"candidate\":\"512" + End, "sizes")]
    [InlineData(Start + "{\"choice\":\"slice\",\"of\":\"\\n\",\"size\":\"1\",\"candidate\":\"512" + End, "name of a kernel")]
    [InlineData(Start + "{\"choice\":\"\\ud800\",\"of\":\"\",\"size\":\"1\",\"candidate\":\"1" + End)]
    public void What_is_no_table_is_refused(string text, string reason = "is no table of tuned choices")
    {
        using TemporaryFolder folder = new();
        string line = Assert.Throws<CalmException>(() => TuningFile.Read(folder.Write("table.json", text))).Message;
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.Contains("delete it and tune again", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void A_table_has_bounds()
    {
        using TemporaryFolder folder = new();
        string many = string.Join(',', Enumerable.Range(1, 4097).Select(i => Entry.Replace("1024", $"{i}")));
        Assert.Contains("4097 entries", Refusal($"{{{Head},\"entries\":[{many}]}}"), StringComparison.Ordinal);
        Assert.Contains("larger than 1 MB", Refusal(new string(' ', (1 << 20) + 1)), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<CalmException>(() => TuningFile.Read(folder["none"])).Message);

        string Refusal(string text) =>
            Assert.Throws<CalmException>(() => TuningFile.Read(folder.Write("table.json", text))).Message;
    }

    [Fact]
    public void Sizes_are_classes_of_a_factor_of_two()
    {
        Assert.Equal("512 x 256", SizeClass.Of(1023, 256).ToString());
        Assert.Equal("1", SizeClass.Of(0).ToString());
        Assert.Equal(SizeClass.Of(512, 5, 64), SizeClass.Of(700, 7, 127));
        Assert.NotEqual(SizeClass.Of(512), SizeClass.Of(512, 1));
        Assert.True(SizeClass.Is(SizeClass.Of(long.MaxValue, 1, 7).ToString()));
    }

    [Fact]
    public void A_candidate_must_be_faster_by_best_and_median()
    {
        Assert.True(TuningTimes.IsFaster([1, 1.1, 1.2], [1.1, 1.2, 1.3]));
        Assert.False(TuningTimes.IsFaster([1, 1.1, 1.2], [1.02, 1.2, 1.3]));
        Assert.False(TuningTimes.IsFaster([1, 1.3, 1.3], [1.1, 1.2, 1.2]));
        Assert.True(new TunedTimes([1, 1, 1], [1.1, 1.1, 1.1]).IsSlower);
        Assert.False(new TunedTimes([1, 1, 1], [1.005, 1.1, 1.1]).IsSlower);
    }
}

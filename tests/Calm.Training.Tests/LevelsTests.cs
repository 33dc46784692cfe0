using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Values of a series as levels, and levels as tokens.</summary>
public sealed class LevelsTests
{
    [Theory]
    [InlineData(LevelRule.Uniform, 2)]
    [InlineData(LevelRule.Uniform, 64)]
    [InlineData(LevelRule.Quantile, 7)]
    [InlineData(LevelRule.Quantile, 256)]
    internal void Inside_the_edges_the_error_is_bounded(LevelRule rule, int levels)
    {
        double[] training = Normals(5000);
        LevelColumn column = LevelColumn.Fit("x", training, levels, rule);
        Assert.Null(column.Fault());
        Assert.Equal(levels, column.Levels);
        double share = rule == LevelRule.Uniform ? 0.505 : 1;
        int inside = 0;
        foreach (double value in training.Where(value => !column.Clips(value)))
        {
            inside++;
            int level = column.LevelOf(value);
            double width = column.Edges[level + 1] - column.Edges[level];
            Assert.InRange(Math.Abs(value - column.Values[level]), 0, share * width);
            Assert.Equal(level, column.LevelOf(column.Values[level]));
        }

        Assert.InRange(inside, 0.9979 * training.Length, training.Length);
        Assert.Equal((0, levels - 1), (column.LevelOf(-1e9), column.LevelOf(1e9)));
    }

    [Fact]
    public void Uniform_levels_span_the_stated_percentiles_of_the_training_part()
    {
        LevelColumn column = LevelColumn.Fit("x", Enumerable.Range(0, 1001).Select(i => (double)i), 10, LevelRule.Uniform);
        Assert.Equal(1, column.Edges[0], 9);
        Assert.Equal(999, column.Edges[^1], 9);
        Assert.Equal(99.8, column.Edges[5] - column.Edges[4], 9);
    }

    [Fact]
    public void Quantile_levels_hold_equal_shares_and_merge_where_values_repeat()
    {
        double[] training = Normals(8000);
        LevelColumn column = LevelColumn.Fit("x", training, 16, LevelRule.Quantile);
        Assert.All(
            Enumerable.Range(0, 16),
            level => Assert.InRange(training.Count(value => column.LevelOf(value) == level), 499, 501));
        LevelColumn rain = LevelColumn.Fit(
            "rain", [.. new double[900], .. Enumerable.Range(1, 100).Select(i => (double)i)], 20, LevelRule.Quantile);
        Assert.InRange(rain.Levels, 2, 4);
        Assert.Equal(0, rain.Values[0]);
    }

    [Theory]
    [InlineData(LevelRule.Uniform)]
    [InlineData(LevelRule.Quantile)]
    internal void A_column_that_does_not_move_is_refused(LevelRule rule) =>
        Assert.Contains(
            "column still",
            Assert.Throws<SettingException>(() => LevelColumn.Fit("still", [3, 3, 3], 8, rule)).Message, StringComparison.Ordinal);

    [Fact]
    public void Rows_become_a_token_a_value_and_come_back_as_rows()
    {
        LevelsTokenizer tokenizer = Make();
        int[] ids = tokenizer.Encode("0.1,-5\r\n0.9,500\n");
        Assert.Equal([1, 3, 2, 5], ids);
        Assert.Equal("0.25,0\n0.75,25\n", tokenizer.DecodeText(ids));
        Assert.Equal(ids, tokenizer.Encode(tokenizer.DecodeText(ids)));
        Assert.Equal(ids, tokenizer.Encode("0.1,-5\n0.9,500"));
        Assert.Equal((9, 6, 7, 8), (tokenizer.VocabularySize, ((ITokenizer)tokenizer).Begin, EndOf(tokenizer), PadOf(tokenizer)));
        Assert.Equal("", tokenizer.DecodeText([0, 6, 7, 8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([9]));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1,2,3")]
    [InlineData("1,x")]
    [InlineData("1,")]
    public void A_line_that_is_no_row_is_refused(string line)
    {
        CalmException failure = Assert.Throws<CalmException>(() => Make().Encode("1,2\n" + line));
        Assert.Contains("line 2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("a,b", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_tokenizer_is_the_same()
    {
        using TemporaryFolder folder = new();
        LevelsTokenizer tokenizer = new(
            [LevelColumn.Fit("a", Normals(100), 8, LevelRule.Uniform), LevelColumn.Fit("b", Normals(99), 5, LevelRule.Quantile)]);
        TokenizerFile.Save(tokenizer, folder["tokenizer.json"]);
        LevelsTokenizer loaded = Assert.IsType<LevelsTokenizer>(TokenizerFile.Load(folder["tokenizer.json"]));
        Assert.Equal(tokenizer.Hash, loaded.Hash);
        Assert.Equal(tokenizer.Columns[1].Edges, loaded.Columns[1].Edges);
        Assert.DoesNotContain("\"levels\":", Encoding.UTF8.GetString(TokenizerFile.Serialize(tokenizer)), StringComparison.Ordinal);
        Assert.DoesNotContain("columns", Encoding.UTF8.GetString(TokenizerFile.Serialize(new ByteTokenizer())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""[{"name":"a","edges":[0,1],"values":[]}]""")]
    [InlineData("""[{"name":"a","edges":[0,1,1],"values":[0.5,1]}]""")]
    [InlineData("""[{"name":"a","edges":[0,1,2],"values":[0.5,0.6]}]""")]
    [InlineData("""[{"name":"a","edges":[0,1,2],"values":[0.5,2.5]}]""")]
    [InlineData("""[{"edges":[0,1,2],"values":[0.5,1.5]}]""")]
    [InlineData("""[{"name":"a","edges":[0,1],"values":[0.5]}]""")]
    public void Damaged_levels_are_refused(string columns)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("tokenizer.json", $$"""
            {"format":"calm-tokenizer","version":1,"type":"levels","vocabulary":6,"begin":3,"end":4,"pad":5,"merges":[],"columns":{{columns}}}
            """);
        CalmException failure = Assert.Throws<CalmException>(() => TokenizerFile.Load(path));
        Assert.StartsWith($"{path}: not a tokenizer", failure.Message, StringComparison.Ordinal);
    }

    private static LevelsTokenizer Make() =>
        new([new LevelColumn("a", [0, 0.5, 1], [0.25, 0.75]), new LevelColumn("b", [-10, 5, 15, 35], [0, 10, 25])]);

    private static int EndOf(ITokenizer tokenizer) => tokenizer.EndOfText;

    private static int PadOf(ITokenizer tokenizer) => tokenizer.Pad;

    private static double[] Normals(int count)
    {
        RandomStream random = new(5, 0, 0);
        return [.. Enumerable.Range(0, count).Select(i => 20 + 3.0 * random.Normal((ulong)i))];
    }
}

using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Rows and values that a file lacks.</summary>
public sealed class SeriesGapTests
{
    private const string Gaps = "t,a,b\n1,10,5\n2,20,NA\n5,50,8\n6,,-1\n";

    [Theory]
    [InlineData("linear", new double[] { 10, 5, 20, 5.75, 30, 6.5, 40, 7.25, 50, 8, 50, -1 })]
    [InlineData("previous", new double[] { 10, 5, 20, 5, 20, 5, 20, 5, 50, 8, 50, -1 })]
    [InlineData("drop", new double[] { 10, 5, 50, 8 })]
    public void A_gap_is_filled_as_stated(string fill, double[] expected)
    {
        SeriesReading reading = Read(Gaps, Enum.Parse<GapFill>(fill, ignoreCase: true));
        double[] values = reading.Table.Values(0, reading.Table.Rows).ToArray();
        Assert.Equal(expected.Length, values.Length);
        Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 12));
        Assert.Contains("2 of 6 rows are missing (33.33 %)", Assert.Single(reading.Remarks), StringComparison.Ordinal);
        Assert.Contains("2 of 8 values are missing (25 %)", reading.Remarks[0], StringComparison.Ordinal);
        Assert.Equal(fill == "drop" ? "6" : "7", reading.Clock!.After(1)![0]);
    }

    [Fact]
    public void Without_a_rule_it_is_refused_in_one_line_with_step_number_place_and_remedy() => Assert.EndsWith(
        "2 of 6 rows are missing (33.33 %) at the step of 1 in column t, the first before line 4; 2 of 8 values are missing "
        + "(25 %), the first at line 3, column b; fill=previous, fill=linear or fill=drop (leave out, join the rest) goes on "
        + "with such a file.",
        Fails(Gaps), StringComparison.Ordinal);

    [Theory]
    [InlineData("t,a\n1,NaN\n2,4\n3,null\n", "linear", new double[] { 4, 4, 4 })]
    [InlineData("t,a\n1,\n2,4\n3,?\n", "previous", new double[] { 4, 4, 4 })]
    [InlineData("t,a\n1,-1e308\n2,-\n3,1e308\n", "linear", new double[] { -1e308, 0, 1e308 })]
    [InlineData("t,a\n1,1e-300\n3,3e-300\n4,1e-300\n5,1e-300\n", "linear", new double[] { 1e-300, 2e-300, 3e-300, 1e-300, 1e-300 })]
    public void Ends_and_huge_or_tiny_values_are_filled(string text, string fill, double[] expected)
    {
        SeriesReading reading = Read(text, Enum.Parse<GapFill>(fill, ignoreCase: true));
        Assert.Equal(expected, reading.Table.Values(0, reading.Table.Rows).ToArray());
    }

    [Theory]
    [InlineData("t,a\n1,2\n2,3\n3000000000,4\n", "linear", "too many to fill")]
    [InlineData("t,a\n1,\n2,\n", "linear", "column a has no value at all")]
    [InlineData("t,a\n1,\n2,\n", "drop", "every row lacks a value")]
    [InlineData("t,a\n0,1\n10,2\n20,3\n25,4\n", "linear", "no regular step: 10 is the most frequent, line 5 comes 5 after")]
    [InlineData("t,a\n0,1\n1e-12,2\n9e18,3\n", "linear", "too many to fill")]
    public void What_cannot_be_filled_is_refused(string text, string fill, string message) =>
        Assert.Contains(message, Fails(text, Enum.Parse<GapFill>(fill, ignoreCase: true)), StringComparison.Ordinal);

    [Fact]
    public void Rows_without_a_regular_step_are_joined_only_when_told()
    {
        SeriesReading reading = Read("t,a\n0,1\n10,2\n20,3\n25,4\n", GapFill.Drop);
        Assert.Equal([1, 2, 3, 4], reading.Table.Values(0, 4).ToArray());
        Assert.Null(reading.Clock!.After(1));
        Assert.Contains("taken as if they had one", Assert.Single(reading.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_column_is_the_time_if_it_holds_dates_and_is_not_chosen()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("series.csv", ",a\n2024-01-01,1\n2024-01-02,2\n");
        SeriesReading reading = SeriesReader.Read(path, new SeriesFormat([]));
        Assert.Equal(["a"], reading.Table.Columns);
        Assert.Equal(("time", "2024-01-03"), (reading.Clock!.Name, reading.Clock.After(1)![0]));
    }

    [Fact]
    public void Rule_and_clock_are_kept_with_a_run()
    {
        using TemporaryFolder folder = new();
        SeriesReading reading = Read(Gaps, GapFill.Linear);
        SeriesInfo info = new(
            SeriesInfo.FormatName, SeriesInfo.FormatVersion, SeriesKind.Levels, reading.Table.Columns, false, null, 4, reading.Fill,
            reading.Clock);
        info.Save(folder.Root, reading.Table);
        SeriesInfo read = SeriesInfo.Find(folder.Root)!;
        Assert.Equal((GapFill.Linear, reading.Clock), (read.Fill, read.Clock));
        Assert.Equal(reading.Table.Values(0, 6).ToArray(), read.LoadTable(folder.Root).Values(0, 6).ToArray());

        string json = Path.Combine(folder.Root, "series.json");
        string text = File.ReadAllText(json);
        File.WriteAllText(json, text.Replace("\"size\":1", "\"size\":0", StringComparison.Ordinal));
        Assert.Contains("clock.step.size is 0", Assert.Throws<CalmException>(() => SeriesInfo.Find(folder.Root)).Message, StringComparison.Ordinal);
        File.WriteAllText(json, text[..text.IndexOf(",\"fill\"", StringComparison.Ordinal)] + "}");
        Assert.Equal((GapFill.Refuse, null), (SeriesInfo.Find(folder.Root)!.Fill, SeriesInfo.Find(folder.Root)!.Clock));
    }

    private static string Fails(string text, GapFill fill = GapFill.Refuse)
    {
        string message = Assert.Throws<CalmException>(() => Read(text, fill)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static SeriesReading Read(string text, GapFill fill)
    {
        using TemporaryFolder folder = new();
        return SeriesReader.Read(folder.Write("series.csv", text), new SeriesFormat([], "t", Fill: fill));
    }
}

using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class SeriesReaderTests
{
    [Fact]
    public void Columns_are_chosen_and_ordered_by_name()
    {
        SeriesTable table = Read("time,a,b\n1,2.5,-3e2\n2,.5,+4\n", "b", "a");
        Assert.Equal(["b", "a"], table.Columns);
        Assert.Equal([-300, 2.5, 4, 0.5], table.Values(0, 2).ToArray());
        Assert.Equal(["time", "a", "b"], Read("time,a,b\n1,2,3\n").Columns);
    }

    [Theory]
    [InlineData("\"a\",\"b, \"\"c\"\"\"\r\n\"1\",2\r\n3,\"4\"\r\n\r\n")]
    [InlineData("\uFEFFa,\"b, \"\"c\"\"\"\n1,2\n3,4")]
    [InlineData("a,\"b, \"\"c\"\"\"\r1,2\r3,4\r")]
    public void Quotes_line_ends_and_a_byte_order_mark_are_read(string text)
    {
        SeriesTable table = Read(text);
        Assert.Equal(["a", "b, \"c\""], table.Columns);
        Assert.Equal([1, 2, 3, 4], table.Values(0, 2).ToArray());
    }

    [Fact]
    public void A_quoted_line_end_counts_as_a_line() =>
        Assert.Contains("line 4, column b", Fails("\"a\n1\",b\n1,2\n1,x\n"), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a,b\n", "no rows")]
    [InlineData("1,2\n3,4\n", "line 1: column 1 is called 1, a number")]
    [InlineData("a,a\n1,2\n", "line 1: column 2 is called a, as one before it")]
    [InlineData("a,\n1,2\n", "line 1: column 2 has no name")]
    [InlineData("a,b\n1,2\n1\n", "line 3: has 1 fields, the header has 2")]
    [InlineData("a,b\n1,2,3\n", "line 2: has 3 fields, the header has 2")]
    [InlineData("a,b\n1,2\n\n3,4\n", "line 3: is empty")]
    [InlineData("a,b\n1,\n", "1 of 2 values is missing (50 %), the first at line 2, column b; fill=previous")]
    [InlineData("a,b\n1,2\nNA,-\n\"\",?\n", "4 of 6 values are missing (66.67 %), the first at line 3, column a; fill=")]
    [InlineData("a,b\n1,\"2,5\"\n", "line 2, column b: '2,5' has a comma; write a decimal point")]
    [InlineData("a,b\n1,2024-01-31\n", "line 2, column b: '2024-01-31' is a date and no value; time=NAME")]
    [InlineData("a,b\n1,2\n3,1.2.3\n", "line 3, column b: '1.2.3' is not a finite number")]
    [InlineData("a,b\nInfinity,2\n", "line 2, column a: 'Infinity' is not a finite number")]
    [InlineData("a,b\n1,1e999\n", "line 2, column b: '1e999' is not a finite number")]
    [InlineData("a,b\n1,\"2\n", "line 2, field 2: its quotes are not closed")]
    [InlineData("a,b\n1,2\"\n", "line 2, field 2: a quote inside a field")]
    [InlineData("a,b\n\"1\"2,2\n", "line 2, field 1: something stands between")]
    public void What_is_no_series_is_refused_where_it_is(string text, string expected) =>
        Assert.Contains(expected, Fails(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("1,1\n2,1\n2,1\n", "line 4, column t: '2' is not later")]
    [InlineData("2026-01-01T00:00,1\n2025-01-01T00:00,1\n", "line 3, column t: '2025-01-01' is not later")]
    [InlineData("1,1\nsoon,1\n", "line 3, column t: 'soon' is neither a number nor a date")]
    public void Time_must_rise(string rows, string expected)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("series.csv", "t,a\n" + rows);
        Assert.Contains(
            expected, Assert.Throws<CalmException>(() => SeriesReader.Read(path, new SeriesFormat([], "t"))).Message, StringComparison.Ordinal);
        Assert.Equal(["a"], SeriesReader.Read(folder.Write("good.csv", "t,a\n1,5\n1.5,5\n"), new SeriesFormat([], "t")).Table.Columns);
    }

    [Fact]
    public void Unknown_and_doubled_columns_are_usage_errors()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("series.csv", "load,heat\n1,2\n");
        Assert.Contains(
            "did you mean load?",
            Assert.Throws<SettingException>(() => SeriesReader.Read(path, new SeriesFormat(["loud"]))).Message, StringComparison.Ordinal);
        Assert.Throws<SettingException>(() => SeriesReader.Read(path, new SeriesFormat(["load", "load"])));
        Assert.Contains(
            "no such file",
            Assert.Throws<CalmException>(() => SeriesReader.Read(folder["none.csv"], new SeriesFormat([]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_written_table_is_read_back_to_the_bit()
    {
        using TemporaryFolder folder = new();
        SeriesTable table = new(["a,\"b\"", "c"], [0.1 + 0.2, 1e-300, -1e308, Math.PI]);
        string path = folder.Write("series.csv", table.ToFile());
        SeriesTable read = SeriesReader.Read(path, new SeriesFormat([])).Table;
        Assert.Equal(table.Columns, read.Columns);
        Assert.Equal(table.Values(0, 2).ToArray(), read.Values(0, 2).ToArray());
    }

    private static SeriesTable Read(string text, params string[] columns)
    {
        using TemporaryFolder folder = new();
        return SeriesReader.Read(folder.Write("series.csv", text), new SeriesFormat(columns)).Table;
    }

    private static string Fails(string text)
    {
        string message = Assert.Throws<CalmException>(() => Read(text)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    /// <summary>Files as spreadsheets and pandas write them.</summary>
    [Theory]
    [InlineData("load;hour\n1.5;0\n2.5;1\n", null)]
    [InlineData("load\thour\n1.5\t0\n2.5\t1\n", null)]
    [InlineData("sep=;\r\nload;hour\r\n1.5;0\r\n2.5;1\r\n", null)]
    [InlineData("sep=,\nhour,load\n0,1.5\n1,2.5\n", "hour")]
    [InlineData(",load\n0,1.5\n1,2.5\n", null)]
    [InlineData("load\n1.5\n2.5\n\n\n\n", null)]
    [InlineData("time,load\n1709251200000000000,1.5\n1709251200000000100,2.5\n", "time")]
    public void Habits_of_other_programs_are_read(string text, string? time)
    {
        using TemporaryFolder folder = new();
        SeriesTable table = SeriesReader.Read(folder.Write("series.csv", text), new SeriesFormat(["load"], time)).Table;
        Assert.Equal([1.5, 2.5], table.Values(0, 2).ToArray());
    }

    [Fact]
    public void A_time_that_was_not_named_is_remarked_on()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write(
            "series.csv", "hour,load\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"{i},{i % 3}\n")));
        Assert.Equal(
            ["column hour only rises and is learnt as values; time=hour takes it as the time"],
            SeriesReader.Read(path, new SeriesFormat([])).Remarks);
        Assert.Empty(SeriesReader.Read(path, new SeriesFormat([], "hour")).Remarks);
        Assert.Empty(SeriesReader.Read(path, new SeriesFormat(["hour", "load"])).Remarks);
    }

    [Theory]
    [InlineData("sep=,\nload\nx\n", "line 3, column load: 'x'")]
    [InlineData("load\n1\0\n", "line 2, column load: '1?' is not a finite number")]
    [InlineData("time,load\n13/13/2024,1\n", "such as 2024-02-28")]
    public void A_row_that_cannot_be_read_says_what_can(string text, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("series.csv", text);
        string? time = text.StartsWith("time", StringComparison.Ordinal) ? "time" : null;
        Assert.Contains(message, Assert.Throws<CalmException>(() => SeriesReader.Read(path, new SeriesFormat(["load"], time))).Message);
    }
}

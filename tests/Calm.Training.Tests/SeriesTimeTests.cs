using System.Globalization;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Times as files write them: dates of all kinds, steps, and clocks that are set for daylight saving.</summary>
public sealed class SeriesTimeTests
{
    [Theory]
    [InlineData("2024-02-29", "2024-02-29")]
    [InlineData("2024-02-29T13:05", "2024-02-29T13:05")]
    [InlineData("2024-02-29 13:05:09.123456789", "2024-02-29T13:05:09.123456789")]
    [InlineData("2024-02-29 13:05:09,5Z", "2024-02-29T13:05:09.5Z")]
    [InlineData("2024-02-29T13:05+02:00", "2024-02-29T11:05Z")]
    [InlineData("2024-02-29 13:05-0330", "2024-02-29T16:35Z")]
    [InlineData("2024/2/9 3:05 PM", "2024-02-09T15:05")]
    [InlineData("2024/2/9 12:00 AM", "2024-02-09")]
    [InlineData("2024-02-29T24:00", "2024-03-01")]
    [InlineData("31.12.2024", "2024-12-31")]
    [InlineData("12/31/2024 23:00", "2024-12-31T23:00")]
    [InlineData("31-Dec-2024", "2024-12-31")]
    [InlineData("2024-12", "2024-12-01")]
    [InlineData("1960-01-01T00:00:01 UTC", "1960-01-01T00:00:01Z")]
    public void A_stamp_is_read_to_the_nanosecond(string written, string expected)
    {
        Assert.True(DateStamp.TryParse(written, out DateStamp stamp));
        DateOrder order = stamp.IsDate(DateOrder.DayFirst) ? DateOrder.DayFirst : DateOrder.MonthFirst;
        decimal time = stamp.Time(order);
        Assert.Equal(expected, DateStamp.Text(time, stamp.Offset is null ? null : 0, !expected.Contains('T', StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("2024-02-30")]
    [InlineData("31/13/2024")]
    [InlineData("31/12/24")]
    [InlineData("2024-02-29T25:00")]
    [InlineData("2024-02-29T13:60")]
    [InlineData("2024-02-29T13:05:09.1234567890")]
    [InlineData("2024-02-29 13:00 PM")]
    [InlineData("1 Foo 2024")]
    [InlineData("2024-02/29")]
    [InlineData("٢٠٢٤-02-29")]
    [InlineData("soon")]
    public void What_is_no_stamp_is_refused(string written) => Assert.False(DateStamp.TryParse(written, out _));

    [Theory]
    [InlineData("3/1/2024\n4/1/2024\n13/1/2024\n", "fill")] // 13 is a day: 3, 4 and 13 January
    [InlineData("3/1/2024\n3/2/2024\n3/13/2024\n", "fill")]
    [InlineData("3/1/2024\n4/1/2024\n", "line 2, column t: 3/1/2024 may begin with the day or the month")]
    [InlineData("13/1/2024\n1/14/2024\n", "line 3, column t: 1/14/2024 begins with the month, but 13/1/2024 of line 2 with the day")]
    [InlineData("2024-01-01T00:00Z\n2024-01-01T01:00\n", "line 3, column t: '2024-01-01T01:00' has no time zone")]
    [InlineData("2024-01-02\n2024-01-01\n2023-12-31\n", "rows run from new to old")]
    [InlineData("2024-01-01\n2024-01-02\n2024-01-02\n", "line 4, column t: '2024-01-02' is not later")]
    [InlineData("2024-01-01\n\n2024-01-02\n", "line 3: has 1 fields")]
    [InlineData("2024-01-01\n7\n", "line 3, column t: '7' is a number")]
    [InlineData("2024-01-01\nNaT\n", "'NaT' is neither a number nor a date")]
    public void The_column_decides(string times, string message) =>
        Assert.Contains(message, Assert.Throws<CalmException>(() => Read(times)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_order_of_day_and_month_may_be_told()
    {
        const string Times = "3/1/2024\n4/1/2024\n5/1/2024\n";
        SeriesReading days = Read(Times, DateOrder.DayFirst);
        Assert.Equal(["2024-01-06", "2024-01-07"], days.Clock!.After(2)!);
        SeriesReading months = Read(Times, DateOrder.MonthFirst);
        Assert.Equal(["2024-06-01", "2024-07-01"], months.Clock!.After(2)!);
        Assert.Contains(
            "dates=day-first reads it",
            Assert.Throws<CalmException>(() => Read("3/1/2024\n13/1/2024\n", DateOrder.MonthFirst)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1\n2\n3\n", "1", "4")]
    [InlineData("0.1\n0.2\n0.30000000000000004\n", "0.1", "0.40000000000000004")]
    [InlineData("20240131\n20240201\n20240202\n", "1 d", "2024-02-03")]
    [InlineData("1709251200\n1709254800\n", "3600 (1 h)", "1709258400")]
    [InlineData("1709251200000000000\n1709251200000000100\n", "100 (100 ns)", "1709251200000000200")]
    [InlineData("2024-01-01T23:45Z\n2024-01-02T00:00Z\n", "15 min", "2024-01-02T00:15Z")]
    [InlineData("2024-01-01T00:30+05:30\n2024-01-01T01:00+05:30\n", "30 min", "2024-01-01T01:30+05:30")]
    [InlineData("2024-01-31\n2024-02-29\n2024-03-31\n", "1 month", "2024-04-30")]
    [InlineData("2023-10-15\n2024-01-15\n2024-04-15\n", "3 months", "2024-07-15")]
    [InlineData("2020-01-01\n2021-01-01\n2022-01-01\n", "1 year", "2023-01-01")]
    [InlineData("2024-07\n2024-08\n2024-09\n", "1 month", "2024-10-01")]
    [InlineData("1969-07-03\n1969-07-04\n1969-07-07\n1969-07-08\n", "a weekday", "1969-07-09")]
    [InlineData("2024-05-02\n2024-05-03\n2024-05-06\n2024-05-07\n2024-05-08\n2024-05-09\n2024-05-10\n", "a weekday", "2024-05-13")]
    [InlineData("2024-03-30T00:00+01:00\n2024-03-31T00:00+01:00\n2024-04-01T00:00+02:00\n", "1 d", "2024-04-02T00:00+02:00")]
    public void The_step_goes_on(string times, string step, string next)
    {
        SeriesClock clock = Read(times).Clock!;
        Assert.Equal(step, clock.StepText);
        Assert.Equal([next], clock.After(1)!);
    }

    /// <summary>A year of a local clock, by the hour and by the quarter of an hour.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(15)]
    public void A_clock_set_for_daylight_saving_leaves_no_gap(int minutes)
    {
        List<DateTime> times = [.. Local(minutes)];
        SeriesReading reading = Read(Lines(times));
        Assert.Equal(times.Count, reading.Table.Rows);
        string remark = Assert.Single(reading.Remarks);
        Assert.Contains("a local clock, set back at line ", remark, StringComparison.Ordinal);
        Assert.Contains("and forward at line ", remark, StringComparison.Ordinal);

        // Rows that are missing beside the change are counted all the same.
        times.RemoveAt(100);
        Assert.Contains($"1 of {times.Count + 1:N0} rows is missing", Refusal(times), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_doubled_otherwise_is_no_clock_that_was_set()
    {
        List<DateTime> summer = [.. Hours(new DateTime(2024, 6, 1), new DateTime(2024, 6, 9), 60)];
        summer.Insert(50, summer[49]);
        Assert.Contains("is the time of the row before", Refusal(summer), StringComparison.Ordinal);
        summer.RemoveRange(50, 2);
        Assert.Contains("1 of 192 rows is missing", Refusal(summer), StringComparison.Ordinal);
    }

    [Fact]
    public void A_spring_alone_is_recognised_by_its_night()
    {
        List<DateTime> spring = [.. Local(60).TakeWhile(time => time.Month < 6)];
        Assert.Contains(
            "set back at no line and forward at line", Assert.Single(Read(Lines(spring)).Remarks), StringComparison.Ordinal);
    }

    private static string Refusal(List<DateTime> times) => Assert.Throws<CalmException>(() => Read(Lines(times))).Message;

    /// <summary>2024 in Europe: forward on 31 March at 2:00, back on 27 October at 3:00.</summary>
    private static IEnumerable<DateTime> Local(int minutes) =>
    [
        .. Hours(new DateTime(2024, 1, 1), new DateTime(2024, 3, 31, 2, 0, 0), minutes),
        .. Hours(new DateTime(2024, 3, 31, 3, 0, 0), new DateTime(2024, 10, 27, 3, 0, 0), minutes),
        .. Hours(new DateTime(2024, 10, 27, 2, 0, 0), new DateTime(2025, 1, 1), minutes),
    ];

    private static IEnumerable<DateTime> Hours(DateTime first, DateTime end, int minutes)
    {
        for (DateTime time = first; time < end; time = time.AddMinutes(minutes))
        {
            yield return time;
        }
    }

    private static string Lines(IEnumerable<DateTime> times) => string.Concat(times.Select(
        time => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + "\n"));

    private static SeriesReading Read(string times, DateOrder? order = null)
    {
        using TemporaryFolder folder = new();
        string rows = string.Concat(times.TrimEnd('\n').Split('\n').Select((time, i) => time.Length > 0 ? $"{time},{i}\n" : "x\n"));
        return SeriesReader.Read(folder.Write("series.csv", "t,a\n" + rows), new SeriesFormat([], "t", order));
    }
}

namespace Calm.Cli.Tests;

/// <summary>The line that says what is going on.</summary>
public sealed class StatusLineTests
{
    private static readonly TrainingProgress Step = new(Stage.Calm, 1234, 8000, 12.3456)
    {
        TokensPerSecond = 1_057_000,
        TimeLeft = TimeSpan.FromSeconds(37394.0 * 86_400),
        Measure = new StageMeasure(0.123, "BrierLM 12.3", new Dictionary<string, double>()),
        Cost = new CostReading(1, new Calm.Runtime.Work(3e15, 0, 0), 1.7e11, 81),
    };

    [Theory]
    [InlineData(1000)]
    [InlineData(100)]
    [InlineData(60)]
    [InlineData(20)]
    [InlineData(5)]
    public void It_fits_the_terminal(int columns)
    {
        string line = StatusLine.Fit(ProgressLine.Describe(Step), columns);
        Assert.InRange(line.Length, 1, columns);
        if (columns >= 20)
        {
            Assert.StartsWith("calm 1,234/8,000", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_matters_most_stays_longest_and_numbers_are_readable()
    {
        Assert.Equal(
            "calm 1,234/8,000  loss 12.3456  BrierLM 12.3  1.06 Mtokens/s  170 GFLOP/s (81 % of peak)  3.00 PFLOP  102 years left",
            StatusLine.Fit(ProgressLine.Describe(Step), 1000).Replace('\u00a0', ' '));
        Assert.Equal(
            "calm 1,234/8,000  loss 12.3456  BrierLM 12.3  102 years left",
            StatusLine.Fit(ProgressLine.Describe(Step), 60).Replace('\u00a0', ' '));
    }

    [Fact]
    public void It_goes_away_before_a_result_or_a_message()
    {
        (Terminal terminal, StringWriter screen) = Screen();
        terminal.Status.Show(() => [new StatusPart(0, "half way")]);
        terminal.Out.WriteLine("result");
        Assert.Equal($"\rhalf way\r        \rresult{Environment.NewLine}", screen.ToString());
    }

    [Fact]
    public void A_text_cannot_command_a_terminal_and_stays_as_it_is_elsewhere()
    {
        const string hostile = "a\u001b[31mb\u0007\u009b\tc\n";
        (Terminal terminal, StringWriter screen) = Screen();
        terminal.Out.Write(hostile);
        terminal.Out.Write("\ud83d"); // a pair in two writes
        terminal.Out.Write("\ude00");
        Assert.Equal("a␛[31mb␇\ufffd\tc\n\ud83d\ude00", screen.ToString());
        StringWriter file = new();
        new Terminal(file, TextWriter.Null).Out.Write(hostile);
        Assert.Equal(hostile, file.ToString());
        terminal.Status.Show(() => [new StatusPart(0, "reading \u001b]0;x\n ...")]);
        Assert.DoesNotContain('\u001b', screen.ToString());
    }

    [Fact]
    public void Where_there_is_no_terminal_lines_come_seldom()
    {
        StringWriter log = new();
        StatusLine line = new(log, isTerminal: false, () => 10);
        for (int i = 0; i < 1000; i++)
        {
            line.Show(() => [new StatusPart(0, "a line that is longer than ten columns")]);
        }

        line.Clear();
        Assert.Equal("a line that is longer than ten columns\n", log.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Work_that_takes_a_while_is_shown_and_ends()
    {
        (Terminal terminal, StringWriter screen) = Screen();
        using ManualResetEventSlim seen = new();
        terminal.During("reading", activity =>
        {
            activity.Report(0.5);
            activity.Count("12 documents");
            return SpinWait.SpinUntil(() => screen.ToString().Contains("reading", StringComparison.Ordinal), TimeSpan.FromMinutes(1));
        });
        Assert.Contains("reading ...  12 documents  50 %", screen.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\r", screen.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11_520, "3 h 12 min")]
    [InlineData(172_800, "2 days 0 h")]
    [InlineData(37394.0 * 86_400, "102 years")]
    [InlineData(1e300, "over a million years")]
    public void Long_times_are_readable(double seconds, string text) =>
        Assert.Equal(text, Readable.Duration(seconds).Replace('\u00a0', ' '));

    [Theory]
    [InlineData(0, "0 ")]
    [InlineData(12, "12 ")]
    [InlineData(12.34, "12.3 ")]
    [InlineData(999.9, "1.00 k")]
    [InlineData(1_057_000, "1.06 M")]
    [InlineData(6.6e20, "660 E")]
    public void Amounts_have_prefixes(double value, string text) =>
        Assert.Equal(text, Readable.Amount(value).Replace('\u00a0', ' '));

    private static (Terminal Terminal, StringWriter Screen) Screen()
    {
        StringWriter screen = new();
        TextWriter shared = TextWriter.Synchronized(screen);
        return (new Terminal(shared, shared, new StatusLine(shared, isTerminal: true, () => 100), isTerminal: true), screen);
    }
}

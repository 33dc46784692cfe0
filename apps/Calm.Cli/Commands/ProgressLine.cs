using System.Diagnostics;

namespace Calm.Cli;

/// <summary>
/// Prints the progress of training: one line that is overwritten on a terminal, occasional lines elsewhere.
/// </summary>
internal sealed class ProgressLine(TextWriter writer, bool isTerminal) : IProgress<TrainingProgress>
{
    private static readonly TimeSpan TerminalInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    private long _last;
    private int _width;

    /// <summary>Progress on standard error.</summary>
    public static ProgressLine Standard(TextWriter error) =>
        new(error, ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected);

    /// <summary>Shows a step if enough time has passed since the last line. Remarks are always shown and stay.</summary>
    public void Report(TrainingProgress value)
    {
        if (value.Remark is { } remark)
        {
            Say($"{value.Stage.Name()} step {value.Step}: {remark}");
            return;
        }

        TimeSpan interval = isTerminal ? TerminalInterval : PlainInterval;
        if (_last != 0 && Stopwatch.GetElapsedTime(_last) < interval)
        {
            return;
        }

        _last = Stopwatch.GetTimestamp();
        string line = Describe(value);
        if (isTerminal)
        {
            writer.Write("\r" + line.PadRight(_width));
            _width = line.Length;
        }
        else
        {
            writer.WriteLine(line);
        }
    }

    private static string Describe(TrainingProgress p)
    {
        string measure = p.Measure is null ? "" : $"  {p.Measure.Text}";
        string peak = p.Cost!.PercentOfPeak is { } percent ? $" ({percent:F0} % of peak)" : "";
        return $"{p.Stage.Name()} {p.Step}/{p.Steps}  loss {p.Loss:F4}{measure}  {p.TokensPerSecond:N0} tokens/s  "
            + $"{p.Cost.FlopsPerSecond / 1e9:F1} GFLOP/s{peak}  {p.Cost.Work.MultiplyAdds:E2} FLOPs  "
            + $"ETA {(int)p.TimeLeft.TotalMinutes}:{p.TimeLeft.Seconds:00}";
    }

    /// <summary>Writes a line that stays.</summary>
    private void Say(string line)
    {
        if (_width > 0)
        {
            writer.Write("\r" + new string(' ', _width) + "\r");
            _width = 0;
        }

        writer.WriteLine(line);
    }
}

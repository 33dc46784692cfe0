namespace Calm.Cli;

/// <summary>Shows the progress of training in the status line. Remarks stay.</summary>
internal sealed class ProgressLine(Terminal terminal) : IProgress<TrainingProgress>, IDisposable
{
    private Activity? _activity;

    /// <summary>Shows a step, or what is done between steps.</summary>
    public void Report(TrainingProgress value)
    {
        if (value.Activity is { } activity)
        {
            _activity?.Dispose();
            _activity = terminal.Status.Begin($"{Place(value)}: {activity}");
            return;
        }

        Dispose();
        if (value.Remark is { } remark)
        {
            terminal.Error.WriteLine($"{Place(value)}: {remark}");
        }
        else
        {
            terminal.Status.Show(() => Describe(value));
        }
    }

    /// <summary>Ends what is done between steps.</summary>
    public void Dispose()
    {
        _activity?.Dispose();
        _activity = null;
    }

    private static string Place(TrainingProgress p) =>
        p.Step > 0 ? $"{p.Stage.Name()} step {Readable.Count(p.Step)}" : p.Stage.Name();

    internal static IReadOnlyList<StatusPart> Describe(TrainingProgress p)
    {
        string peak = p.Cost!.PercentOfPeak is { } percent ? $" ({percent:F0} % of peak)" : "";
        return
        [
            new(0, $"{p.Stage.Name()} {Readable.Count(p.Step)}/{Readable.Count(p.Steps)}"),
            new(2, $"loss {p.Loss:F4}"),
            new(3, p.Measure?.Text ?? ""),
            new(4, $"{Readable.Amount(p.TokensPerSecond)}tokens/s"),
            new(5, $"{Readable.Amount(p.Cost.FlopsPerSecond)}FLOP/s{peak}"),
            new(6, $"{Readable.Amount(p.Cost.Work.MultiplyAdds)}FLOP"),
            new(1, $"{Activity.Seconds(p.TimeLeft.TotalSeconds)} left"),
        ];
    }
}

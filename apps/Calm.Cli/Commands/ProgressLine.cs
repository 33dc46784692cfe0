namespace Calm.Cli;

/// <summary>Shows the progress of training in the status line. Remarks stay.</summary>
internal sealed class ProgressLine(Terminal terminal) : IProgress<TrainingProgress>, IDisposable
{
    private Activity? _activity;

    /// <summary>Shows work between steps until the next step.</summary>
    public void Begin(Stage stage, int step, string work)
    {
        Dispose();
        _activity = terminal.Status.Begin($"{Place(stage, step)}: {work}");
    }

    /// <summary>Shows a step.</summary>
    public void Report(TrainingProgress value)
    {
        Dispose();
        if (value.Remark is { } remark)
        {
            terminal.Error.WriteLine($"{Place(value.Stage, value.Step)}: {remark}");
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

    private static string Place(Stage stage, int step) =>
        step > 0 ? $"{stage.Name()} step {Readable.Count(step)}" : stage.Name();

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

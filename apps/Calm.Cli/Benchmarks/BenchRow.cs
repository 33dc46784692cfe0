namespace Calm.Cli;

/// <summary>An op as it was timed, in one direction and by one side. Percentages and rates are those of the best run.</summary>
/// <param name="Name">The op.</param>
/// <param name="Provider">calm, or the library.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Direction">forward or backward.</param>
internal sealed record BenchRow(string Name, string Provider, string Shape, string Direction)
{
    /// <summary>Our side.</summary>
    public const string Calm = "calm";

    /// <summary>The direction of outputs from inputs.</summary>
    public const string Forward = "forward";

    /// <summary>The direction of gradients.</summary>
    public const string Backward = "backward";

    /// <summary>The precision of products.</summary>
    public string Precision { get; init; } = "";

    /// <summary>Threads of the host; 0 on other devices.</summary>
    public int Threads { get; init; }

    /// <summary>Whether each thread stayed on a core of its own.</summary>
    public bool IsPinned { get; init; }

    /// <summary>warm or cold.</summary>
    public string Cache { get; init; } = "";

    /// <summary>The numbers that it computed with.</summary>
    public string Inputs { get; init; } = "";

    /// <summary>Elements of all inputs together.</summary>
    public double Elements { get; init; }

    /// <summary>The sizes that were asked for, by name; null for the op's own cases.</summary>
    public IReadOnlyDictionary<string, int>? Sizes { get; init; }

    /// <summary>Seconds of the fastest run; on a GPU without launches, by its own timer.</summary>
    public double SecondsBest { get; init; }

    /// <summary>A fifth of the runs were faster.</summary>
    public double SecondsP20 { get; init; }

    /// <summary>Half of the runs were faster.</summary>
    public double SecondsMedian { get; init; }

    /// <summary>Four fifths of the runs were faster.</summary>
    public double SecondsP80 { get; init; }

    /// <summary>Lower end of the median's interval of 95 %.</summary>
    public double SecondsLow { get; init; }

    /// <summary>Upper end.</summary>
    public double SecondsHigh { get; init; }

    /// <summary>Relative standard error of the median over the visits.</summary>
    public double Noise { get; init; }

    /// <summary>Visits, spread over the benchmark.</summary>
    public int Visits { get; init; }

    /// <summary>Timed runs of all visits.</summary>
    public int Runs { get; init; }

    /// <summary>Median with launches, as a caller waits, where <see cref="SecondsMedian"/> is without; otherwise null.</summary>
    public double? SecondsWithLaunch { get; init; }

    /// <summary>The fastest run in the same way.</summary>
    public double? SecondsBestWithLaunch { get; init; }

    /// <summary>10^9 operations a second.</summary>
    public double? Gflops { get; init; }

    /// <summary>10^9 bytes a second.</summary>
    public double? Gbs { get; init; }

    /// <summary>Operations per byte.</summary>
    public double? OperationsPerByte { get; init; }

    /// <summary>The bound: arithmetic, or the bandwidth of data of its size.</summary>
    public string? Roof { get; init; }

    /// <summary>Percent of that bound; null if it moved while the ops ran.</summary>
    public double? PercentOfPeak { get; init; }

    /// <summary>The case that was compared with its definition before: its own size, or all smaller cases of the op.</summary>
    public string? Checked { get; init; }

    /// <summary>The functions of a library that were called.</summary>
    public string? Form { get; init; }

    /// <summary>The reason for a missing time, or a mark beside one.</summary>
    public string? Remark { get; init; }

    /// <summary>Whether it has a time.</summary>
    public bool IsTimed => Runs > 0;

    /// <summary>Everything by which two results are of the same work.</summary>
    public string Key => string.Join(
        " | ", Name, Provider, Shape, Direction, Precision, Threads, IsPinned ? "pinned" : "free", Cache, Inputs);
}

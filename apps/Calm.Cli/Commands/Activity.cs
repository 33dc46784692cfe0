using System.Diagnostics;

namespace Calm.Cli;

/// <summary>Work that takes a while: what it is, how far it is, and for how long it has been going on.</summary>
internal sealed class Activity : IProgress<double>, IDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly StatusLine _line;
    private readonly string _what;
    private readonly Timer _timer;
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _shareStart = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();

    private double _share = double.NaN;
    private string _count = "";
    private bool _isOver;

    /// <summary>Work that begins now.</summary>
    public Activity(StatusLine line, string what)
    {
        (_line, _what) = (line, what);
        _timer = new Timer(_ => Show(), null, Silence, Silence);
    }

    /// <summary>The share that is done; a smaller one than before begins another pass.</summary>
    public void Report(double value)
    {
        if (value < _share)
        {
            _shareStart = Stopwatch.GetTimestamp();
        }

        _share = value;
    }

    /// <summary>The number that is done, where nobody knows of how many: "12,000 documents".</summary>
    public void Count(string count) => _count = count;

    /// <summary>Ends it and takes its line away.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
        }

        _timer.Dispose();
        _line.Clear();
    }

    private void Show()
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _line.Show(Parts);
            }
        }
    }

    /// <summary>A duration in whole seconds at least.</summary>
    public static string Seconds(double seconds) =>
        seconds < 59.5 ? $"{seconds:F0}\u00A0s" : Readable.Duration(seconds);

    private IReadOnlyList<StatusPart> Parts()
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        double passed = Stopwatch.GetElapsedTime(_shareStart).TotalSeconds;
        double left = passed / _share - passed;
        return
        [
            new(0, $"{_what} ..."),
            new(2, _count),
            new(1, double.IsNaN(_share) ? "" : $"{100 * _share:F0} %"),
            new(3, Seconds(seconds)),
            new(4, _share > 0 && passed > 5 ? $"about {Seconds(left)} left" : ""),
        ];
    }
}

using System.Diagnostics;

namespace Calm.Cli;

/// <summary>
/// The last line of a terminal, which says what is going on and is overwritten; elsewhere now and then a line. It goes away
/// before anything else is written: see <see cref="Terminal"/>.
/// </summary>
/// <param name="writer">Standard error.</param>
/// <param name="isTerminal">Whether it is a terminal.</param>
/// <param name="width">The terminal's columns.</param>
internal sealed class StatusLine(TextWriter writer, bool isTerminal, Func<int> width)
{
    private static readonly TimeSpan TerminalInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private long _last;
    private int _shown;

    /// <summary>The status line of a writer; only the process's own standard error can be a terminal.</summary>
    public static StatusLine Of(TextWriter error) =>
        new(error, ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected, ConsoleWidth);

    /// <summary>Shows a line if enough time has passed since the last one.</summary>
    /// <param name="parts">Makes its parts, in their order.</param>
    public void Show(Func<IReadOnlyList<StatusPart>> parts)
    {
        lock (_lock)
        {
            TimeSpan interval = isTerminal ? TerminalInterval : PlainInterval;
            if (_last != 0 && Stopwatch.GetElapsedTime(_last) < interval)
            {
                return;
            }

            _last = Stopwatch.GetTimestamp();
            if (!isTerminal)
            {
                writer.WriteLine(Fit(parts(), int.MaxValue));
                return;
            }

            // A terminal breaks the line at its last column, so that one stays free.
            string line = Fit(parts(), width() - 1);
            writer.Write("\r" + line.PadRight(_shown) + new string('\b', Math.Max(0, _shown - line.Length)));
            writer.Flush();
            _shown = line.Length;
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_shown > 0)
            {
                writer.Write("\r" + new string(' ', _shown) + "\r");
                writer.Flush();
                _shown = 0;
            }
        }
    }

    /// <summary>Begins work that is shown, with its time, if it takes longer than a moment. Dispose to end it.</summary>
    /// <param name="what">The work, such as "reading runs/calm".</param>
    public Activity Begin(string what) => new(this, what);

    /// <summary>The parts that fit: the least important ones are left out first, and the last one is cut.</summary>
    internal static string Fit(IReadOnlyList<StatusPart> parts, int columns)
    {
        List<StatusPart> kept = [.. parts.Where(part => part.Text.Length > 0)];
        while (kept.Count > 1 && Join(kept).Length > columns)
        {
            kept.Remove(kept.MaxBy(part => part.Rank)!);
        }

        string line = Join(kept);
        return line.Length <= columns ? line : columns > 1 ? line[..(columns - 1)] + "…" : "";
    }

    private static string Join(IEnumerable<StatusPart> parts) =>
        Readable.Text(string.Join("  ", parts.Select(part => part.Text))).Replace('\n', ' ').Replace('\t', ' ');

    private static int ConsoleWidth()
    {
        const int usual = 80;
        try
        {
            return Console.WindowWidth is > 0 and var columns ? columns : usual;
        }
        catch (Exception failure) when (failure is IOException or PlatformNotSupportedException)
        {
            return usual;
        }
    }
}

/// <summary>A part of a status line.</summary>
/// <param name="Rank">The larger, the sooner it is left out where the line is short.</param>
/// <param name="Text">The text; an empty one does not count.</param>
internal sealed record StatusPart(int Rank, string Text);

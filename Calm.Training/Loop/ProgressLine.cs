using System.Diagnostics;

namespace Calm.Training;

/// <summary>
/// Tells how training goes: one line that is written over on a terminal, a plain line now and then elsewhere.
/// </summary>
internal sealed class ProgressLine(TextWriter writer, bool isTerminal)
{
    private static readonly TimeSpan TerminalInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    private long _last;
    private int _width;

    /// <summary>Progress on standard error.</summary>
    public static ProgressLine Standard(TextWriter error) =>
        new(error, ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected);

    /// <summary>Shows a line if enough time has passed since the last.</summary>
    public void Show(Func<string> line)
    {
        TimeSpan interval = isTerminal ? TerminalInterval : PlainInterval;
        if (_last == 0 || Stopwatch.GetElapsedTime(_last) >= interval)
        {
            _last = Stopwatch.GetTimestamp();
            if (isTerminal)
            {
                string text = line();
                writer.Write("\r" + text.PadRight(_width));
                _width = text.Length;
            }
            else
            {
                writer.WriteLine(line());
            }
        }
    }

    /// <summary>Writes a line that stays.</summary>
    public void Say(string line)
    {
        if (_width > 0)
        {
            writer.Write("\r" + new string(' ', _width) + "\r");
            _width = 0;
        }

        writer.WriteLine(line);
    }
}

using System.Text;

namespace Calm.Faults;

/// <summary>The end of a command.</summary>
internal sealed record Result(int Code, string Output, string Error)
{
    /// <summary>The last line of what went to standard error.</summary>
    public string LastLine => Error.TrimEnd('\n').Split('\n')[^1];

    /// <summary>The rule of the house that this end breaks; null if it breaks none.</summary>
    public string? Problem
    {
        get
        {
            string[] own = [.. Error.Split('\n').Where(line => line.StartsWith("calm: ", StringComparison.Ordinal))];
            return Code is < 0 or > 3 ? $"exit code {Code}"
                : LastLine.Contains("unexpected ", StringComparison.Ordinal) ? $"unexpected exception: {LastLine}"
                : Error.Contains("   at ", StringComparison.Ordinal) ? $"a stack: {LastLine}"
                : Code is 1 or 2 && own.Length != 1 && !Error.Contains("interrupted", StringComparison.Ordinal) && Output.Length == 0
                    ? $"{own.Length} lines of error"
                : own.Any(line => line.Contains("System.", StringComparison.Ordinal)) ? $"a type of .NET: {LastLine}"
                : null;
        }
    }
}

/// <summary>Runs commands in this process, through the program's own entry.</summary>
internal static class InProcess
{
    /// <summary>Runs one.</summary>
    public static Result Run(params string[] args)
    {
        return RunFor(TimeSpan.MaxValue, args).Result;
    }

    /// <summary>Runs one that may take as long as it likes; one that reports is stopped after a while.</summary>
    /// <param name="patience">The time after which writing fails.</param>
    /// <param name="args">The command line.</param>
    public static (Result Result, bool Stopped) RunFor(TimeSpan patience, string[] args)
    {
        Patience left = new(patience);
        using Recorder output = new(left);
        using Recorder error = new(left);
        int code = 0;
        try
        {
            code = CommandLine.Run(args, new Terminal(output, error));
        }
        catch (TimeoutException) when (left.IsOver)
        {
            // The line of an error was the first to come too late.
        }

        return (new Result(code, output.ToString(), error.ToString()), left.IsOver);
    }

    /// <summary>Keeps the beginning of what is written; after a time a write ends the command.</summary>
    private sealed class Recorder(Patience patience) : StringWriter
    {
        private const int MostCharacters = 1 << 16;

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            patience.Check();
            if (GetStringBuilder().Length < MostCharacters)
            {
                base.Write(value);
            }
        }

        public override void Write(string? value)
        {
            patience.Check();
            if (GetStringBuilder().Length < MostCharacters)
            {
                base.Write(value);
            }
        }

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));
    }

    /// <summary>Time that ends a command, once: the line of the error must come through.</summary>
    private sealed class Patience(TimeSpan time)
    {
        private readonly long _start = System.Diagnostics.Stopwatch.GetTimestamp();

        public bool IsOver { get; private set; }

        public void Check()
        {
            if (!IsOver && System.Diagnostics.Stopwatch.GetElapsedTime(_start) > time)
            {
                IsOver = true;
                throw new TimeoutException("stopped by the harness");
            }
        }
    }
}

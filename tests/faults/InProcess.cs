using System.Diagnostics;
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
    public static Result Run(params string[] args) => Run(args, TimeSpan.MaxValue, () => { });

    /// <summary>Runs one.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="patience">A time.</param>
    /// <param name="reportsLate">Called on any thread whenever the command writes after that time.</param>
    public static Result Run(string[] args, TimeSpan patience, Action reportsLate)
    {
        long start = Stopwatch.GetTimestamp();
        using Recorder output = new(Check);
        using Recorder error = new(Check);
        int code = CommandLine.Run(args, new Terminal(output, error) { OpenInput = () => Stream.Null });
        return new Result(code, output.ToString(), error.ToString());

        void Check()
        {
            if (Stopwatch.GetElapsedTime(start) > patience)
            {
                reportsLate();
            }
        }
    }

    /// <summary>Keeps the beginning of what is written.</summary>
    private sealed class Recorder(Action check) : StringWriter
    {
        private const int MostCharacters = 1 << 16;

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            check();
            if (GetStringBuilder().Length < MostCharacters)
            {
                base.Write(value);
            }
        }

        public override void Write(string? value)
        {
            check();
            if (GetStringBuilder().Length < MostCharacters)
            {
                base.Write(value);
            }
        }

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));
    }
}

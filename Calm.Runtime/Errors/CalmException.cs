namespace Calm.Runtime;

/// <summary>
/// An error that a user can correct. The message is one line that says what is wrong, where, and what to do; command lines
/// print it alone, without a stack trace. Names of files and fields may hold ends of lines and sequences that a terminal would
/// obey: the message has none.
/// </summary>
public class CalmException : Exception
{
    /// <summary>An error with its one line.</summary>
    public CalmException(string message)
        : base(OneLine(message))
    {
    }

    /// <summary>An error with its one line and what caused it.</summary>
    public CalmException(string message, Exception inner)
        : base(OneLine(message), inner)
    {
    }

    private static string OneLine(string message) =>
        message.Any(char.IsControl)
            ? string.Concat(message.ReplaceLineEndings(" ").Select(c => char.IsControl(c) ? '?' : c))
            : message;
}

namespace Calm.Runtime;

/// <summary>
/// An error that a user can correct. The message is one line that says what is wrong, where, and what to do; command lines
/// print it alone, without a stack trace.
/// </summary>
public class CalmException : Exception
{
    /// <summary>An error with its one line.</summary>
    public CalmException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its one line and what caused it.</summary>
    public CalmException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

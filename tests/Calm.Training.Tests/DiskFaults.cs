namespace Calm.Training.Tests;

/// <summary>Fails or ends the process, as far as the disk can tell, at a chosen operation.</summary>
internal static class DiskFaults
{
    /// <summary>Not a failure of the file system: nothing may handle it.</summary>
    internal sealed class CrashException : Exception;

    /// <summary>All operations of an action, in their order.</summary>
    public static List<DiskOperation> Record(Action action)
    {
        List<DiskOperation> operations = [];
        Observe(operations.Add, action);
        return operations;
    }

    /// <summary>From operation <paramref name="number"/> on nothing reaches the disk any more. Whether it came to that.</summary>
    public static bool CrashAt(int number, Action action)
    {
        int count = 0;
        try
        {
            Observe(_ => ThrowIf(count++ >= number, new CrashException()), action);
            return false;
        }
        catch (CrashException)
        {
            return true;
        }
    }

    /// <summary>Every operation of a kind fails.</summary>
    public static void FailAt(DiskStep step, Exception failure, Action action) =>
        Observe(operation => ThrowIf(operation.Step == step, failure), action);

    private static void Observe(Action<DiskOperation> observer, Action action)
    {
        Disk.Observer = observer;
        try
        {
            action();
        }
        finally
        {
            Disk.Observer = null;
        }
    }

    private static void ThrowIf(bool condition, Exception failure)
    {
        if (condition)
        {
            throw failure;
        }
    }
}

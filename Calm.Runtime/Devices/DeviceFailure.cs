namespace Calm.Runtime;

/// <summary>What a device's failure comes to, whoever reports it: ILGPU throws from launches what its drivers say.</summary>
public static partial class DeviceFailure
{
    /// <summary>The one line to print for an exception; null if it is neither the device's nor the user's.</summary>
    public static string? LineOf(Exception failure)
    {
        string? line = (failure as CalmException)?.Message;
        if (line is null)
        {
            Explain(failure, ref line);
        }

        return line;
    }

    /// <summary>Explains what ILGPU throws, where this build has it.</summary>
    static partial void Explain(Exception failure, ref string? line);
}

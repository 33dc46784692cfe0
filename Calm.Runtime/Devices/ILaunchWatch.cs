namespace Calm.Runtime;

/// <summary>Hears of launches while a device is tuned; they take place as ever.</summary>
internal interface ILaunchWatch
{
    /// <summary>The name of the next launch in profiles; null for the kernel's own.</summary>
    string? Label { get; }

    /// <summary>A kernel was launched.</summary>
    void Launched(Type kernel);

    /// <summary>A direction of an op has launched all that it has to.</summary>
    void WorkEnded();
}

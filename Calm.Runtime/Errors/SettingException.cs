namespace Calm.Runtime;

/// <summary>
/// A setting does not exist or has a value that it cannot have. The message begins with the setting's name: "steps is -1,
/// expected at least 1."
/// </summary>
public sealed class SettingException(string message) : CalmException(message);

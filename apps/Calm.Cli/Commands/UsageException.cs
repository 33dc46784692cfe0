using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A command line that cannot be carried out as it stands; exit code 2.</summary>
internal sealed class UsageException(string message) : CalmException(message);

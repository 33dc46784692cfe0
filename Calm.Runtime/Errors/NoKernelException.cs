namespace Calm.Runtime;

/// <summary>An op has no kernel for a device in this build.</summary>
public sealed class NoKernelException(string op, string device)
    : CalmException($"{op}: no kernel for {device} in this build; use --device host.");

using System.Runtime.InteropServices;

namespace Calm.Cli.Tests;

/// <summary>A test of machine code of x86-64, which is skipped on other processors.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class X64FactAttribute : FactAttribute
{
    public X64FactAttribute() => Skip =
        RuntimeInformation.ProcessArchitecture is var processor and not Architecture.X64
            ? $"the processor is {processor}; --x86 knows X64 alone"
            : null;
}

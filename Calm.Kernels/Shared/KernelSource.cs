using System.Text.RegularExpressions;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Generated code of a kernel.</summary>
internal enum SourceLanguage
{
    /// <summary>NVIDIA's assembly language, for sm_80 and newer.</summary>
    Ptx,

    /// <summary>OpenCL C 2.0.</summary>
    OpenCl,
}

/// <summary>One kernel of one op in one language.</summary>
/// <param name="Op">The op that launches it. Ops share kernels: then each has an entry.</param>
/// <param name="Name">Class, method and the types it is specialised for: RmsNorm.ForwardKernel&lt;Group128&gt;.</param>
/// <param name="Family">The devices that launch it.</param>
/// <param name="Language">Language of <paramref name="Text"/>.</param>
/// <param name="Text">The source that a device's driver gets; empty after a <see cref="Failure"/>.</param>
internal sealed partial record KernelSource(string Op, string Name, KernelFamily Family, SourceLanguage Language, string Text)
{
    /// <summary>Threads of the largest group that it is launched with.</summary>
    public required int GroupSize { get; init; }

    /// <summary>The reason for double precision: <see cref="UsesFloat64Attribute"/>. Null if it must not use it.</summary>
    public string? Float64Reason { get; init; }

    /// <summary>The reason why it does not compile; null if it does.</summary>
    public string? Failure { get; init; }

    /// <summary>The name of its entry, which drivers' profilers show; null after a failure.</summary>
    public string? Entry => EntryPoint().Match(Text) is { Success: true } entry ? entry.Groups[1].Value : null;

    [GeneratedRegex(@"(?:\.entry|\bkernel void)\s+(\w+)\s*\(")]
    private static partial Regex EntryPoint();
}

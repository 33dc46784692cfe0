using System.Runtime.InteropServices;

namespace Calm.Training.Tests;

/// <summary>A test against the original implementation of tokenizer.json, whose library is for Linux on x64.</summary>
public sealed class OriginalFactAttribute : FactAttribute
{
    public OriginalFactAttribute() => Skip = Missing;

    public static string? Missing =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
            ? null
            : "the original implementation of tokenizer.json is here for Linux on x64 only";
}

/// <inheritdoc cref="OriginalFactAttribute"/>
public sealed class OriginalTheoryAttribute : TheoryAttribute
{
    public OriginalTheoryAttribute() => Skip = OriginalFactAttribute.Missing;
}

namespace Calm.Kernels.Tests;

/// <summary>A test that needs NVIDIA's assembler, and is skipped without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PtxasFactAttribute : FactAttribute
{
    public PtxasFactAttribute() => Skip = WithoutPtxas;

    internal static string? WithoutPtxas =>
        Ptxas.Find() is not { HasDisassembler: true } ? $"there is no ptxas with nvdisasm; '{Ptxas.Provider}' provides them" : null;
}

/// <summary>The same with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PtxasTheoryAttribute : TheoryAttribute
{
    public PtxasTheoryAttribute() => Skip = PtxasFactAttribute.WithoutPtxas;
}

namespace Calm.Kernels.Tests;

/// <summary>A test that needs NVIDIA's assembler, and is skipped without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PtxasFactAttribute : FactAttribute
{
    public PtxasFactAttribute()
    {
        if (Ptxas.Find() is null)
        {
            Skip = $"there is no ptxas; '{Ptxas.Provider}' provides it";
        }
    }
}

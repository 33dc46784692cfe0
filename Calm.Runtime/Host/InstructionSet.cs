using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Calm.Runtime;

/// <summary>The widths in which the host's loops exist, narrowest first.</summary>
public enum InstructionSet
{
    /// <summary>One float at a time.</summary>
    Scalar,

    /// <summary>Four floats: SSE, Neon.</summary>
    Vector128,

    /// <summary>Eight floats: AVX2 with fused multiply-add.</summary>
    Vector256,

    /// <summary>Sixteen floats: AVX-512.</summary>
    Vector512,
}

/// <summary>Tells the <see cref="InstructionSet"/>s that this process can run.</summary>
public static class HostInstructions
{
    /// <summary>Environment variable that names the <see cref="InstructionSet"/> to use instead of the widest.</summary>
    public const string Variable = "CALM_INSTRUCTIONS";

    /// <summary>
    /// The widest that the machine has and that no switch forbids: <see cref="Variable"/>, or the runtime's own
    /// <c>DOTNET_EnableAVX512=0</c>, <c>DOTNET_EnableAVX512F=0</c> (its name before .NET 10, honoured here),
    /// <c>DOTNET_EnableAVX2=0</c> and <c>DOTNET_EnableHWIntrinsic=0</c>.
    /// </summary>
    /// <exception cref="CalmException"><see cref="Variable"/> names a set that is unknown or not available.</exception>
    public static InstructionSet Default { get; } = Choose();

    /// <summary>Whether this process can run <paramref name="set"/>.</summary>
    public static bool IsSupported(InstructionSet set) => set switch
    {
        InstructionSet.Vector512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported,
        InstructionSet.Vector256 => Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported,
        InstructionSet.Vector128 => Vector128.IsHardwareAccelerated,
        _ => true,
    };

    private static InstructionSet Choose()
    {
        string? asked = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(asked))
        {
            if (Enum.TryParse(asked, ignoreCase: true, out InstructionSet set) && Enum.IsDefined(set) && IsSupported(set))
            {
                return set;
            }

            string available = string.Join(", ", Enum.GetValues<InstructionSet>().Where(IsSupported));
            throw new CalmException($"{Variable}: '{asked}' cannot run here. Set it to one of {available}, or unset it.");
        }

        bool wide = Environment.GetEnvironmentVariable("DOTNET_EnableAVX512F") is not "0";
        return Enum.GetValues<InstructionSet>()
            .Where(IsSupported)
            .Last(set => wide || set != InstructionSet.Vector512);
    }
}

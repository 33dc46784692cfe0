using System.Text.Json.Serialization;

namespace Calm.Runtime;

/// <summary>What matrix products and attention are computed from. Everything else is float32 in any case.</summary>
public enum Precision
{
    /// <summary>Their operands as they are.</summary>
    Float32,

    /// <summary>
    /// Their operands rounded to <see cref="Runtime.BFloat16"/>, sums in float32: on tensor cores where there are any,
    /// elsewhere the same roundings with float32 arithmetic. Weights and gradients themselves stay float32.
    /// </summary>
    [JsonStringEnumMemberName("bf16")]
    BFloat16,
}

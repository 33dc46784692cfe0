using System.Text.Json.Serialization;

namespace Calm.Runtime;

/// <summary>Precision of the operands of matrix products and attention. Everything else is always float32.</summary>
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

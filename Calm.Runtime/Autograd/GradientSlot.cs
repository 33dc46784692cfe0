namespace Calm.Runtime;

/// <summary>The gradient of a tensor and of its reshaped views.</summary>
internal sealed class GradientSlot
{
    /// <summary>Its memory; null until a gradient first flows. A parameter's is there from the start.</summary>
    public Tensor? Tensor { get; set; }

    /// <summary>Whether <see cref="Tensor"/> holds contributions already: the first overwrites, later ones add.</summary>
    public bool HasContribution { get; set; }

    /// <summary>A parameter's gradient lives in its parameter set's flat arena and may not be replaced.</summary>
    public bool BelongsToParameter { get; init; }
}

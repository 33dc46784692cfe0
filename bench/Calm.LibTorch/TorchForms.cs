namespace Calm.LibTorch;

/// <summary>The forms of all ops that libtorch has, too.</summary>
internal static class TorchForms
{
    /// <summary>Their builders by the op's name.</summary>
    public static IReadOnlyDictionary<string, FormBuilder> Builders { get; } = new[]
    {
        ProductForms.Builders, AttentionForms.Builders, NormForms.Builders, LossForms.Builders, ElementwiseForms.Builders,
        ReductionForms.Builders, EnergyForms.Builders, OptimizerForms.Builders,
    }.SelectMany(static family => family).ToDictionary();
}

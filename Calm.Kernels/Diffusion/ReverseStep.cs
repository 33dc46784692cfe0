namespace Calm.Kernels;

/// <summary>The constants of one step of <see cref="DenoisingStep"/>.</summary>
/// <param name="Keep">What x is multiplied by.</param>
/// <param name="Gain">What x is multiplied by in the latent's share of the mean: the share is gain * x + remove * noise.</param>
/// <param name="Remove">What the noise that the model sees in x is multiplied by in it, negative.</param>
/// <param name="Bound">The greatest magnitude of the share.</param>
/// <param name="LogMin">Logarithm of the least variance: the posterior's.</param>
/// <param name="LogMax">Logarithm of the greatest variance: the forward step's.</param>
/// <param name="Temperature">What the new noise is multiplied by; 0 in the last step.</param>
public readonly record struct ReverseStep(
    float Keep, float Gain, float Remove, float Bound, float LogMin, float LogMax, float Temperature);

namespace Calm.Kernels;

/// <summary>The constants of one step of <see cref="DenoisingStep"/>.</summary>
/// <param name="Keep">Factor of x.</param>
/// <param name="Gain">Factor of x in the latent's share of the mean, which is gain * x + remove * noise.</param>
/// <param name="Remove">Factor of the model's noise in that share, negative.</param>
/// <param name="Bound">The maximum magnitude of the share.</param>
/// <param name="LogMin">Logarithm of the minimum variance: the posterior's.</param>
/// <param name="LogMax">Logarithm of the maximum variance: the forward step's.</param>
/// <param name="Temperature">Factor of the new noise; 0 in the last step.</param>
public readonly record struct ReverseStep(
    float Keep, float Gain, float Remove, float Bound, float LogMin, float LogMax, float Temperature);

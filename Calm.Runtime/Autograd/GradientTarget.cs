namespace Calm.Runtime;

/// <summary>Where an op writes its contribution to an input's gradient.</summary>
/// <param name="Tensor">The memory, in the input's shape.</param>
/// <param name="Accumulate">True: add to what is there. False: it is undefined, overwrite it.</param>
public readonly record struct GradientTarget(Tensor Tensor, bool Accumulate);

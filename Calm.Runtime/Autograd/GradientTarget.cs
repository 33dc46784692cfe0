namespace Calm.Runtime;

/// <summary>The memory into which an op writes its contribution to an input's gradient.</summary>
/// <param name="Tensor">The memory, in the input's shape.</param>
/// <param name="Accumulate">True: add to what is there. False: the contents are undefined, overwrite them.</param>
public readonly record struct GradientTarget(Tensor Tensor, bool Accumulate);

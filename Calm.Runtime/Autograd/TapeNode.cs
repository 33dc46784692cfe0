namespace Calm.Runtime;

/// <summary>
/// A recorded op: its inputs, the values that it saved, and its backward pass. Derived classes are sealed and have no
/// closures, so that recording costs one small object.
/// </summary>
public abstract class TapeNode
{
    /// <summary>The op's name, for messages and profiles.</summary>
    public abstract string Op { get; }

    /// <summary>The op's result; <see cref="Backward"/> reads its gradient.</summary>
    public abstract Tensor Output { get; }

    /// <summary>Adds this op's contribution to the gradients of its inputs.</summary>
    /// <param name="tape">The tape that runs backward.</param>
    /// <param name="gradient">Gradient of <see cref="Output"/>, in its shape. Nothing reads it afterwards.</param>
    public abstract void Backward(Tape tape, Tensor gradient);
}

namespace Calm.Runtime;

/// <summary>
/// What an op leaves on the tape: its inputs, what it saved, and how gradients go back through it. Sealed and without
/// closures, so that recording costs one small object.
/// </summary>
public abstract class TapeNode
{
    /// <summary>The op's name, for messages and profiles.</summary>
    public abstract string Op { get; }

    /// <summary>What the op returned; its gradient is read by <see cref="Backward"/>.</summary>
    public abstract Tensor Output { get; }

    /// <summary>Adds this op's contribution to the gradients of its inputs.</summary>
    /// <param name="tape">The tape that runs backward.</param>
    /// <param name="gradient">Gradient of <see cref="Output"/>, in its shape. It is read for the last time here.</param>
    public abstract void Backward(Tape tape, Tensor gradient);
}

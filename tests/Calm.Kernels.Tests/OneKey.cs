using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>
/// A softmax over one key is 1 whatever its score: the gradients of that score cancel, to exactly zero if both of their sums
/// are taken in one order.
/// </summary>
internal static class OneKey
{
    /// <summary>The gradient of the first position's query, key and value, of one head in a sequence of random numbers.</summary>
    public static float[] Gradient(Device device, int positions, int headSize)
    {
        using Tape tape = new(device);
        Shape shape = new(1, positions, 3 * headSize);
        Tensor qkv = tape.From(RoundedAttention.Normal(1, (int)shape.Count), shape);
        qkv.RequiresGradient = true;
        Tensor y = CausalAttention.Apply(tape, qkv, 1, 1);
        y.SetGradient(tape.From(RoundedAttention.Normal(2, (int)y.Count), y.Shape));
        tape.Backward();
        return qkv.Gradient!.ToArray()[..(3 * headSize)];
    }
}

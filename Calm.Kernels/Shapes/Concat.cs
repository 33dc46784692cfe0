using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Tensors one after the other along an axis.</summary>
public static class Concat
{
    private const string Op = nameof(Concat);

    /// <summary>Concatenates tensors.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="axis">The axis: 0 for rows, ^1 for columns.</param>
    /// <param name="parts">At least one; their shapes agree but for the axis's size.</param>
    /// <returns>y, whose size along the axis is the sum of theirs.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Index axis, params ReadOnlySpan<Tensor> parts)
    {
        Check.That(parts.Length >= 1, Op, "number of parts", parts.Length, "at least 1");
        Check.Device(Op, tape, parts);
        Shape shape = parts[0].Shape;
        int at = Slice.Axis(Op, shape, axis);
        int size = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            Check.That(parts[i].Shape.Rank == shape.Rank, Op, $"rank of part {i}", parts[i].Shape.Rank, $"{shape.Rank}");
            Check.Shape(Op, $"part {i}", parts[i], Block.Resized(shape, at, parts[i].Shape[at]));
            size = checked(size + parts[i].Shape[at]);
        }

        Tensor y = tape.Rent(Block.Resized(shape, at, size), Op);
        int start = 0;
        foreach (Tensor part in parts)
        {
            tape.Device.Run(BlockCopy.From(part, Block.Along(y, at, start), at, accumulate: false));
            start += part.Shape[at];
        }

        if (tape.Records(parts))
        {
            tape.Record(new Node(parts.ToArray(), at, y));
        }

        return y;
    }

    private sealed class Node(Tensor[] parts, int axis, Tensor y) : TapeNode
    {
        public override string Op => Concat.Op;

        public override Tensor Output => y;

        /// <summary>Each part gets its part of dy.</summary>
        public override void Backward(Tape tape, Tensor gradient)
        {
            int start = 0;
            foreach (Tensor part in parts)
            {
                if (part.RequiresGradient)
                {
                    (Tensor target, bool accumulate) = tape.TargetFor(part, reads: false);
                    tape.Device.Run(BlockCopy.Into(target, Block.Along(gradient, axis, start), axis, accumulate));
                }

                start += part.Shape[axis];
            }
        }
    }
}

using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A range of a tensor along one axis, as a copy: rows, columns, or anything between.</summary>
public static class Slice
{
    private const string Op = nameof(Slice);

    /// <summary>Copies the range.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape but a scalar's.</param>
    /// <param name="axis">The axis: 0 for rows, ^1 for columns.</param>
    /// <param name="start">First index.</param>
    /// <param name="count">Number of indices.</param>
    /// <returns>y, in the shape of <paramref name="x"/> with <paramref name="count"/> in place of the axis's size.</returns>
    /// <exception cref="ArgumentException">The range is not within the axis.</exception>
    public static Tensor Apply(Tape tape, Tensor x, Index axis, int start, int count)
    {
        Check.Device(Op, tape, x);
        int at = Axis(Op, x.Shape, axis);
        int size = x.Shape[at];
        Check.That(start >= 0 && count >= 0 && (long)start + count <= size, Op, "end", (long)start + count, $"at most {size}");
        Tensor y = tape.Rent(Block.Resized(x.Shape, at, count), Op);
        tape.Device.Profiler?.Count(0, Tensor.ElementSize * (double)(y.Count - x.Count)); // only this part is read
        tape.Device.Run(BlockCopy.Into(y, Block.Along(x, at, start), at, accumulate: false));
        if (tape.Records(x))
        {
            tape.Record(new Node(x, at, start, y));
        }

        return y;
    }

    /// <summary>The number of an axis, from 0.</summary>
    internal static int Axis(string op, Shape shape, Index axis)
    {
        int at = axis.GetOffset(shape.Rank);
        Check.That((uint)at < (uint)shape.Rank, op, "axis", at, $"0 to {shape.Rank - 1}");
        return at;
    }

    private sealed class Node(Tensor x, int axis, int start, Tensor y) : TapeNode
    {
        public override string Op => Slice.Op;

        public override Tensor Output => y;

        /// <summary>The range gets dy, the rest zero.</summary>
        public override void Backward(Tape tape, Tensor gradient)
        {
            (Tensor dx, bool accumulate) = tape.TargetFor(x, reads: false);
            if (!accumulate)
            {
                dx.Clear();
            }

            tape.Device.Run(BlockCopy.From(gradient, Block.Along(dx, axis, start), axis, accumulate: true));
        }
    }
}

using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A range of columns of a matrix: what a slice reads and a concatenation writes. Along any axis of a tensor both are columns
/// of the matrix whose rows are all sizes before the axis.
/// </summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Stride">Columns of the matrix.</param>
/// <param name="First">First column.</param>
internal readonly record struct Block(Tensor Tensor, int Stride, int First)
{
    /// <summary>The part of a tensor from <paramref name="start"/> on along an axis.</summary>
    public static Block Along(Tensor tensor, int axis, int start)
    {
        int inner = InnerSize(tensor.Shape, axis);
        return new Block(tensor, tensor.Shape[axis] * inner, start * inner);
    }

    /// <summary>Elements for each index of an axis: the product of the sizes after it.</summary>
    public static int InnerSize(Shape shape, int axis)
    {
        int size = 1;
        for (int after = axis + 1; after < shape.Rank; after++)
        {
            size *= shape[after];
        }

        return size;
    }

    /// <summary>A shape with another size along an axis.</summary>
    public static Shape Resized(Shape shape, int axis, int size)
    {
        Span<int> sizes = stackalloc int[shape.Rank];
        for (int i = 0; i < sizes.Length; i++)
        {
            sizes[i] = i == axis ? size : shape[i];
        }

        return new Shape(sizes);
    }
}

/// <summary>target[r, c] (+)= source[r, c] over the columns of two blocks.</summary>
/// <param name="source">In.</param>
/// <param name="target">In and out.</param>
/// <param name="rows">Rows of both.</param>
/// <param name="columns">Columns of both.</param>
/// <param name="accumulate">Whether to add to the target; else it is overwritten.</param>
internal readonly partial struct BlockCopy(Block source, Block target, int rows, int columns, bool accumulate) : IDeviceWork
{
    /// <summary>Copies all of a tensor that holds a block and nothing else.</summary>
    public static BlockCopy From(Tensor part, Block whole, int axis, bool accumulate) =>
        Of(Block.Along(part, axis, 0), whole, part, axis, accumulate);

    /// <summary>Fills all of a tensor that holds a block and nothing else.</summary>
    public static BlockCopy Into(Tensor part, Block whole, int axis, bool accumulate) =>
        Of(whole, Block.Along(part, axis, 0), part, axis, accumulate);

    private static BlockCopy Of(Block source, Block target, Tensor part, int axis, bool accumulate)
    {
        int columns = Block.InnerSize(part.Shape, axis) * part.Shape[axis];
        return new BlockCopy(source, target, columns == 0 ? 0 : checked((int)(part.Count / columns)), columns, accumulate);
    }
}

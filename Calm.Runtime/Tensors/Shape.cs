using System.Runtime.CompilerServices;

namespace Calm.Runtime;

/// <summary>Sizes of a dense row-major tensor, at most four of them, outermost first. A scalar has none.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    /// <summary>The most sizes a shape can have.</summary>
    public const int MaxRank = 4;

    private readonly Sizes _sizes;

    /// <summary>A shape of the given sizes.</summary>
    /// <exception cref="ArgumentException">More than <see cref="MaxRank"/> sizes, a negative one, or 2^63 elements.</exception>
    public Shape(params ReadOnlySpan<int> sizes)
    {
        if (sizes.Length > MaxRank)
        {
            throw new ArgumentException($"Shape: {sizes.Length} sizes, at most {MaxRank}.");
        }

        Rank = sizes.Length;
        Int128 count = 1;
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            _sizes[axis] = sizes[axis] >= 0
                ? sizes[axis]
                : throw new ArgumentException($"Shape: size {axis} is {sizes[axis]}, expected at least 0.");
            count *= sizes[axis];
        }

        if (count > long.MaxValue)
        {
            throw new ArgumentException($"Shape: {this} has more than 2^63 elements.");
        }
    }

    /// <summary>Number of sizes.</summary>
    public int Rank { get; }

    /// <summary>Number of elements; 1 for a scalar.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            for (int axis = 0; axis < Rank; axis++)
            {
                count *= _sizes[axis];
            }

            return count;
        }
    }

    /// <summary>The innermost size: the length of a row. 1 for a scalar.</summary>
    public int Columns => Rank == 0 ? 1 : _sizes[Rank - 1];

    /// <summary>Number of rows of <see cref="Columns"/> elements: the product of all other sizes.</summary>
    public long Rows
    {
        get
        {
            long rows = 1;
            for (int axis = 0; axis < Rank - 1; axis++)
            {
                rows *= _sizes[axis];
            }

            return rows;
        }
    }

    /// <summary>The size along <paramref name="axis"/>, from 0 (outermost) or from ^1 (innermost).</summary>
    public int this[Index axis]
    {
        get
        {
            int at = axis.GetOffset(Rank);
            return (uint)at < (uint)Rank
                ? _sizes[at]
                : throw new ArgumentOutOfRangeException(nameof(axis), $"Shape: axis {at} of {this}.");
        }
    }

    /// <summary>This shape with another innermost size.</summary>
    public Shape WithColumns(int columns)
    {
        // A scalar is one row of one element.
        int rank = Math.Max(1, Rank);
        Span<int> sizes = stackalloc int[MaxRank];
        for (int axis = 0; axis < rank - 1; axis++)
        {
            sizes[axis] = _sizes[axis];
        }

        sizes[rank - 1] = columns;
        return new Shape(sizes[..rank]);
    }

    /// <inheritdoc/>
    public bool Equals(Shape other)
    {
        bool equal = Rank == other.Rank;
        for (int axis = 0; axis < Rank && equal; axis++)
        {
            equal = _sizes[axis] == other._sizes[axis];
        }

        return equal;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, _sizes[0], _sizes[1], _sizes[2], _sizes[3]);

    /// <summary>Whether both have the same sizes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether the sizes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The sizes in brackets, as messages print them: [2, 3].</summary>
    public override string ToString()
    {
        string[] sizes = new string[Rank];
        for (int axis = 0; axis < Rank; axis++)
        {
            sizes[axis] = _sizes[axis].ToString();
        }

        return $"[{string.Join(", ", sizes)}]";
    }

    [InlineArray(MaxRank)]
    private struct Sizes
    {
        private int _first;
    }
}

using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The numbers of a <see cref="RowNoise"/> for the loops of ops, a part of a row at a time: what is made fits a buffer of
/// <see cref="Length"/> floats and is used at once.
/// </summary>
internal readonly unsafe struct NoiseSegments(RowNoise noise, int columns)
{
    /// <summary>The most numbers asked for at once.</summary>
    public const int Length = 256;

    private readonly float* _given = noise.Given is { } given ? given.Pointer : null;
    private readonly int* _rows = noise.Rows is { } rows ? rows.IntegerPointer : null;
    private readonly RandomStream _stream = noise.Stream;

    /// <summary>Normal numbers of columns <paramref name="column"/> and on of a row.</summary>
    /// <param name="row">Which row.</param>
    /// <param name="column">The first column.</param>
    /// <param name="count">How many, at most <see cref="Length"/>.</param>
    /// <param name="buffer">Where they go if they are made.</param>
    /// <returns>Where they are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Normals<TLanes>(long row, int column, int count, float* buffer)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (_given is not null)
        {
            return _given + row * columns + column;
        }

        RandomFill.Normals<TLanes>(_stream, Index(row, column), buffer, count);
        return buffer;
    }

    /// <summary>Uniform numbers in [0, 1) of columns <paramref name="column"/> and on of a row.</summary>
    /// <inheritdoc cref="Normals{TLanes}"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Uniforms<TLanes>(long row, int column, int count, float* buffer)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (_given is not null)
        {
            return _given + row * columns + column;
        }

        RandomFill.Uniforms<TLanes>(_stream, Index(row, column), buffer, count);
        return buffer;
    }

    private ulong Index(long row, int column) => (ulong)_rows[row] * (ulong)columns + (ulong)column;
}

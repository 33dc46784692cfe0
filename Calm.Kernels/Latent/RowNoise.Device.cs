using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>A kernel that takes a random number for each element of a matrix.</summary>
internal interface INoiseKernel
{
    /// <summary>Whether the numbers are standard normal; otherwise they are uniform in [0, 1).</summary>
    static abstract bool IsNormal { get; }

    /// <summary>Computes an element and stores it.</summary>
    /// <param name="number">Its random number.</param>
    /// <param name="at">The element, counted from the start of the matrix.</param>
    void Run(float number, long at);
}

/// <content>Launches of kernels, one thread for four elements, whose random numbers are made together.</content>
internal readonly partial record struct RowNoise
{
    /// <summary>Launches a kernel for all elements of a matrix.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="matrix">A tensor in the matrix's shape.</param>
    /// <param name="kernel">The kernel with its operands.</param>
    public void Launch<TKernel>(IlgpuDevice gpu, Tensor matrix, TKernel kernel) where TKernel : struct, INoiseKernel
    {
        KernelNoise noise = new(gpu, this, matrix);
        gpu.LaunchItems(noise.Quads, new OfNoise<TKernel>(noise, kernel));
    }

    internal readonly struct OfNoise<TKernel>(KernelNoise noise, TKernel kernel) : IKernelAdapter<TKernel>
        where TKernel : struct, INoiseKernel
    {
        public void Run()
        {
            int item = Grid.GlobalIndex.X;
            if (item < noise.Quads)
            {
                NoiseQuad quad = noise.Quad(item);
                Run(quad, 0);
                Run(quad, 1);
                Run(quad, 2);
                Run(quad, 3);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Run(NoiseQuad quad, int place)
        {
            if (noise.Has(quad, place))
            {
                kernel.Run(TKernel.IsNormal ? noise.Normal(quad, place) : noise.Uniform(quad, place), quad.At(place));
            }
        }
    }
}

/// <summary>
/// A <see cref="RowNoise"/> as a parameter of a kernel whose threads take four numbers of a row each: those of one block of
/// the generator, so that none is made twice. Where a row does not start with a block, its first and last thread have fewer.
/// </summary>
internal readonly struct KernelNoise
{
    private readonly ArrayView<float> _given;
    private readonly ArrayView<int> _rows;
    private readonly ArrayView<float> _table;
    private readonly KernelRandom _stream;
    private readonly int _isGiven;
    private readonly int _rowCount;
    private readonly int _quadsPerRow;

    /// <summary>The noise of a matrix.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="noise">The source of its numbers.</param>
    /// <param name="matrix">A tensor in the matrix's shape, on the device.</param>
    public KernelNoise(IlgpuDevice gpu, RowNoise noise, Tensor matrix)
    {
        _isGiven = noise.Given is null ? 0 : 1;
        _given = noise.Given.ViewOr(matrix);
        _rows = noise.Rows.IntegerViewOr(matrix);
        _table = gpu.NormalTable;
        _stream = new KernelRandom(noise.Stream);
        _rowCount = matrix.Rows;
        Columns = matrix.Columns;
        _quadsPerRow = (Columns + (Columns % 4 == 0 || noise.Given is not null ? 3 : 6)) / 4;
    }

    /// <summary>Columns of the matrix.</summary>
    public int Columns { get; }

    /// <summary>Number of quads, one a thread.</summary>
    public long Quads
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)_rowCount * _quadsPerRow;
    }

    /// <summary>The quad of a thread.</summary>
    /// <param name="item">Its number, less than <see cref="Quads"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NoiseQuad Quad(int item)
    {
        int row = item / _quadsPerRow;
        int quad = item - row * _quadsPerRow;
        long at = (long)row * Columns;
        if (_isGiven != 0)
        {
            return new NoiseQuad(at, 4 * quad, default);
        }

        ulong first = (ulong)_rows[row] * (ulong)Columns;
        return new NoiseQuad(at, 4 * quad - (int)(first & 3), _stream.Block((first >> 2) + (ulong)quad));
    }

    /// <summary>The standard normal number of a place of a quad.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Normal(NoiseQuad quad, int place) =>
        _isGiven != 0 ? _given[quad.At(place)] : KernelRandom.Normal(quad.Words.At(place), _table);

    /// <summary>The uniform number of a place of a quad, in [0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Uniform(NoiseQuad quad, int place) =>
        _isGiven != 0 ? _given[quad.At(place)] : KernelRandom.Uniform(quad.Words.At(place));

    /// <summary>Whether a place of a quad lies in its row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(NoiseQuad quad, int place)
    {
        int column = quad.Column + place;
        return column >= 0 && column < Columns;
    }
}

/// <summary>Four elements of a matrix side by side.</summary>
/// <param name="Row">First element of their row.</param>
/// <param name="Column">The first's column; it may lie up to three before the row.</param>
/// <param name="Words">Their random words.</param>
internal readonly record struct NoiseQuad(long Row, int Column, KernelWords Words)
{
    /// <summary>The element of a place, counted from the start of the matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long At(int place) => Row + (Column + place);
}

using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A register of elements of an op that takes a random number for each.</summary>
internal interface INoiseTerm
{
    /// <summary>Whether the numbers are standard normal; otherwise they are uniform in [0, 1).</summary>
    static abstract bool IsNormal { get; }

    /// <summary>Computes elements and stores them.</summary>
    /// <param name="number">Their random numbers.</param>
    /// <param name="at">The first element, counted from the start of the matrix.</param>
    void Run<TLanes>(TLanes number, long at) where TLanes : unmanaged, ILanes<TLanes>;
}

/// <content>The host's loop, over rows in chunks.</content>
internal readonly partial record struct RowNoise
{
    /// <summary>Runs a term for all elements of a matrix.</summary>
    /// <param name="host">The device.</param>
    /// <param name="matrix">A tensor in the matrix's shape.</param>
    /// <param name="workPerRow">Simple operations of a row.</param>
    /// <param name="term">The term with its operands.</param>
    public void Run<TTerm>(HostDevice host, Tensor matrix, long workPerRow, TTerm term) where TTerm : unmanaged, INoiseTerm
    {
        Chunks rows = Chunks.Of(matrix.Rows, workPerRow);
        host.Team.Run(rows.Count, new Job<TTerm>(this, term, matrix.Columns, rows));
    }

    /// <summary>Makes the numbers of a part of a row in a buffer and uses them at once.</summary>
    private readonly unsafe struct Job<TTerm>(RowNoise noise, TTerm term, int columns, Chunks rows) : IChunkJob
        where TTerm : unmanaged, INoiseTerm
    {
        private const int PartLength = 256;

        private readonly float* _given = noise.Given is { } given ? given.Pointer : null;
        private readonly int* _rows = noise.Rows is { } indices ? indices.IntegerPointer : null;
        private readonly RandomStream _stream = noise.Stream;

        [SkipLocalsInit]
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* buffer = stackalloc float[PartLength];
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                for (int column = 0; column < columns; column += PartLength)
                {
                    long at = row * columns + column;
                    int count = Math.Min(PartLength, columns - column);
                    float* numbers = _given is not null ? _given + at : buffer;
                    if (_given is null)
                    {
                        Make<TLanes>((ulong)_rows[row] * (ulong)columns + (ulong)column, buffer, count);
                    }

                    int whole = RowMath.WholeRegisters<TLanes>(count);
                    Use<TLanes>(numbers, at, 0, whole);
                    Use<Lanes1>(numbers, at, whole, count);
                }
            }
        }

        private void Make<TLanes>(ulong first, float* target, int count) where TLanes : unmanaged, ILanes<TLanes>
        {
            if (TTerm.IsNormal)
            {
                RandomFill.Normals<TLanes>(_stream, first, target, count);
            }
            else
            {
                RandomFill.Uniforms<TLanes>(_stream, first, target, count);
            }
        }

        private void Use<TLanes>(float* numbers, long at, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TTerm local = term; // a copy that nothing points to: its fields stay in registers
            for (int c = start; c < end; c += TLanes.Count)
            {
                local.Run(TLanes.Load(numbers + c), at + c);
            }
        }
    }
}

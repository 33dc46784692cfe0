using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Memory of a work item that handles sixteen queries, or keys, of a head at once: rows of sixteen lanes. Its loops have
/// neither branches nor sums across lanes, so that the compiler of a CPU makes registers of the lanes.
/// </summary>
internal readonly struct LaneScratch
{
    /// <summary>Rows of a tile of scores.</summary>
    public const int TileRows = 64;

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Lanes = LaneTile.Lanes;
    private const int Statistics = 3;

    private readonly ArrayView<float> _memory;
    private readonly long _start;
    private readonly int _tiles;
    private readonly int _headSize;

    /// <summary>The part of a work item.</summary>
    /// <param name="memory">That of all work items.</param>
    /// <param name="item">Index of the work item.</param>
    /// <param name="tiles">Number of tiles of scores.</param>
    /// <param name="vectors">Number of vectors of a head's components that each lane has.</param>
    /// <param name="headSize">Components of a head.</param>
    [MethodImpl(Inline)]
    public LaneScratch(ArrayView<float> memory, int item, int tiles, int vectors, int headSize)
    {
        _memory = memory;
        _start = (long)item * Floats(tiles, vectors, headSize);
        _tiles = tiles;
        _headSize = headSize;
    }

    /// <summary>Floats of a work item.</summary>
    [MethodImpl(Inline)]
    public static int Floats(int tiles, int vectors, int headSize) =>
        (Statistics + tiles * TileRows + vectors * Padded(headSize)) * Lanes;

    /// <summary>Index of one of three numbers of each lane.</summary>
    [MethodImpl(Inline)]
    public long Statistic(int index) => _start + index * Lanes;

    /// <summary>Index of a tile of scores.</summary>
    [MethodImpl(Inline)]
    public long Tile(int index) => _start + (Statistics + index * TileRows) * Lanes;

    /// <summary>Index of the lanes' vectors: component 0 of all lanes, then component 1.</summary>
    [MethodImpl(Inline)]
    public long Vector(int index) => _start + (Statistics + _tiles * TileRows + index * Padded(_headSize)) * Lanes;

    /// <summary>Sets rows to a number.</summary>
    [MethodImpl(Inline)]
    public void Fill(long at, int rows, float value)
    {
        ArrayView<float> memory = _memory;
        for (int i = 0; i < rows * Lanes; i++)
        {
            memory[at + i] = value;
        }
    }

    /// <summary>Brings a head's vectors at sixteen positions into the lanes; the last stands for those behind it.</summary>
    /// <remarks>
    /// Sixteen rows in one loop over elements: of a loop over one row PoCL's compiler makes scattered stores, and those took
    /// more than half of the backward kernels' time.
    /// </remarks>
    [MethodImpl(Inline)]
    public void Transpose(long to, DeviceHeads source, int batch, int head, int first, int last, float factor)
    {
        long start = source.At(batch, first, head);
        TileRows low = new(start, source.Stride, 0, last - first);
        TileRows high = new(start, source.Stride, LaneTile.Rows, last - first);
        for (int c = 0; c < _headSize; c++)
        {
            Lanes16 lanes = new(low.Gather(source.Elements, c), high.Gather(source.Elements, c));
            Lanes16.Store(lanes * Lanes16.Broadcast(factor), _memory, to + c * Lanes);
        }
    }

    /// <summary>One number of each of sixteen positions; the last stands for those behind it.</summary>
    [MethodImpl(Inline)]
    public void Gather(long to, ArrayView<float> source, long row, int first, int last)
    {
        ArrayView<float> memory = _memory;
        for (int lane = 0; lane < Lanes; lane++)
        {
            memory[to + lane] = source[row + IntrinsicMath.Min(first + lane, last)];
        }
    }

    /// <summary>Writes the lanes' vectors to a head, from a position up to an end.</summary>
    [MethodImpl(Inline)]
    public void Write(long vectors, DeviceGradient target, int batch, int head, int first, int end)
    {
        if (target.IsWanted != 0 & first + Lanes <= end)
        {
            long start = target.Heads.At(batch, first, head);
            TileRows low = new(start, target.Heads.Stride, 0, Lanes);
            TileRows high = new(start, target.Heads.Stride, LaneTile.Rows, Lanes);
            for (int c = 0; c < _headSize; c++)
            {
                Lanes16 lanes = Lanes16.Load(_memory, vectors + c * Lanes);
                low.Scatter(lanes.Low, target.Heads.Elements, c, target.Accumulate);
                high.Scatter(lanes.High, target.Heads.Elements, c, target.Accumulate);
            }
        }
        else
        {
            for (int row = first; row < end; row++)
            {
                for (int c = 0; c < _headSize; c++)
                {
                    target.Write(batch, row, head, c, _memory[vectors + c * Lanes + row - first]);
                }
            }
        }
    }

    /// <summary>Inverts a number of each lane.</summary>
    [MethodImpl(Inline)]
    public void Invert(long at)
    {
        ArrayView<float> memory = _memory;
        for (int lane = 0; lane < Lanes; lane++)
        {
            memory[at + lane] = 1 / memory[at + lane];
        }
    }

    /// <summary>Copies a row.</summary>
    [MethodImpl(Inline)]
    public void Copy(long to, long from)
    {
        ArrayView<float> memory = _memory;
        for (int lane = 0; lane < Lanes; lane++)
        {
            memory[to + lane] = memory[from + lane];
        }
    }

    /// <summary>A number of a lane.</summary>
    [MethodImpl(Inline)]
    public float At(long at) => _memory[at];

    /// <summary>tile[r] = the row r of a head's vectors times the lanes' vectors.</summary>
    /// <param name="tile">Out, the scores.</param>
    /// <param name="rows">The vectors.</param>
    /// <param name="first">Index of component 0 of row 0.</param>
    /// <param name="count">Number of rows; up to a multiple of eight, the last is repeated.</param>
    /// <param name="vectors">The lanes' vectors.</param>
    [MethodImpl(Inline)]
    public void Scores(long tile, DeviceHeads rows, long first, int count, long vectors)
    {
        for (int row = 0; row < count; row += LaneTile.Rows)
        {
            LaneTile scores = default;
            TileRows eight = new(first, rows.Stride, row, count - 1);
            scores.AddProduct(rows.Elements, eight, 1, _memory, vectors, _headSize);
            scores.Store(_memory, tile + row * Lanes);
        }
    }

    /// <summary>The lanes' vectors += sum over r of the row r of a head's vectors times weights[r].</summary>
    [MethodImpl(Inline)]
    public void AddRows(long vectors, DeviceHeads rows, long first, int count, long weights)
    {
        for (int c = 0; c < _headSize; c += LaneTile.Rows)
        {
            LaneTile sums = LaneTile.Load(_memory, vectors + c * Lanes);
            TileRows eight = new(first, 1, c, _headSize - 1);
            sums.AddProduct(rows.Elements, eight, rows.Stride, _memory, weights, count);
            sums.Store(_memory, vectors + c * Lanes);
        }
    }

    /// <summary>Applies the causal mask, minus infinity, where rows are keys and lanes are queries.</summary>
    /// <param name="tile">Scores of keys.</param>
    /// <param name="keys">Number of keys, counted as the position is.</param>
    /// <param name="position">Of lane 0.</param>
    [MethodImpl(Inline)]
    public void CausalMask(long tile, int keys, int position)
    {
        ArrayView<float> memory = _memory;
        for (int key = IntrinsicMath.Max(0, position + 1); key < keys; key++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                long at = tile + key * Lanes + lane;
                memory[at] = key > position + lane ? float.NegativeInfinity : memory[at];
            }
        }
    }

    /// <summary>Applies the causal mask where rows are queries and lanes are keys.</summary>
    /// <param name="tile">Scores of queries.</param>
    /// <param name="queries">Number of queries.</param>
    /// <param name="position">Of query 0, counted from the key of lane 0.</param>
    [MethodImpl(Inline)]
    public void CausalMaskTransposed(long tile, int queries, int position)
    {
        ArrayView<float> memory = _memory;
        int affected = IntrinsicMath.Min(queries, Lanes - position);
        for (int query = 0; query < affected; query++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                long at = tile + query * Lanes + lane;
                memory[at] = lane > position + query ? float.NegativeInfinity : memory[at];
            }
        }
    }

    /// <summary>maximum = the maximum of it and of each row.</summary>
    [MethodImpl(Inline)]
    public void Maximum(long maximum, long tile, int rows)
    {
        ArrayView<float> memory = _memory;
        for (int row = 0; row < rows; row++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                float score = memory[tile + row * Lanes + lane];
                float greatest = memory[maximum + lane];
                memory[maximum + lane] = greatest > score ? greatest : score;
            }
        }
    }

    /// <summary>sum += each row.</summary>
    [MethodImpl(Inline)]
    public void Sum(long sum, long tile, int rows)
    {
        ArrayView<float> memory = _memory;
        for (int row = 0; row < rows; row++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                memory[sum + lane] += memory[tile + row * Lanes + lane];
            }
        }
    }

    /// <summary>Multiplies each row by a number a lane.</summary>
    [MethodImpl(Inline)]
    public void Multiply(long tile, int rows, long factors)
    {
        ArrayView<float> memory = _memory;
        for (int row = 0; row < rows; row++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                memory[tile + row * Lanes + lane] *= memory[factors + lane];
            }
        }
    }

    /// <summary>Subtracts a number a lane from each row.</summary>
    [MethodImpl(Inline)]
    public void Subtract(long tile, int rows, long shifts)
    {
        ArrayView<float> memory = _memory;
        for (int row = 0; row < rows; row++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                memory[tile + row * Lanes + lane] -= memory[shifts + lane];
            }
        }
    }

    /// <summary>Subtracts a number a row from all its lanes.</summary>
    [MethodImpl(Inline)]
    public void SubtractFromRows(long tile, int rows, ArrayView<float> shifts, long first)
    {
        ArrayView<float> memory = _memory;
        for (int row = 0; row < rows; row++)
        {
            float shift = shifts[first + row];
            for (int lane = 0; lane < Lanes; lane++)
            {
                memory[tile + row * Lanes + lane] -= shift;
            }
        }
    }

    /// <summary>Exponentials of rows.</summary>
    [MethodImpl(Inline)]
    public void Exp(long at, int rows)
    {
        ArrayView<float> memory = _memory;
        for (int i = 0; i < rows * Lanes; i++)
        {
            memory[at + i] = KernelMath.Exp(memory[at + i]);
        }
    }

    /// <summary>gradients *= weights * scale: from gradients of weights, less the mean, to gradients of scores.</summary>
    [MethodImpl(Inline)]
    public void Differentiate(long gradients, long weights, int rows, float scale)
    {
        ArrayView<float> memory = _memory;
        for (int i = 0; i < rows * Lanes; i++)
        {
            memory[gradients + i] = memory[weights + i] * scale * memory[gradients + i];
        }
    }

    [MethodImpl(Inline)]
    private static int Padded(int headSize) => (headSize + LaneTile.Rows - 1) / LaneTile.Rows * LaneTile.Rows;
}

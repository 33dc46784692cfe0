using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// One thread's share in copying the stages of an operand to shared memory. A row of a stage is four chunks of 16 bytes, of
/// which chunk c lies at c xor (row / 2 % 4), so that eight rows of one chunk meet all banks once. A thread copies the same
/// chunk of rows that are a multiple of eight apart, so that it computes its places once and only adds to them.
/// </summary>
/// <typeparam name="TWarps">The warps of the group.</typeparam>
internal struct TensorStages<TWarps> where TWarps : struct, IWarpGrid
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int ChunkWords = 4;

    private readonly ArrayView<uint> _operand;
    private readonly int _rows;
    private int _source;
    private int _target;

    /// <summary>Finds the thread's places.</summary>
    /// <param name="operand">Packed rows: <see cref="TensorPacking"/>.</param>
    /// <param name="firstRow">The group's first row.</param>
    /// <param name="wordsPerRow">Words of a packed row.</param>
    /// <param name="stage">The first stage.</param>
    /// <param name="at">The operand's first word in a stage of shared memory.</param>
    [MethodImpl(Inline)]
    public TensorStages(ArrayView<uint> operand, int firstRow, int wordsPerRow, int stage, int at)
    {
        int row = Group.IdxX / TensorGemm.ChunksPerRow;
        int chunk = Group.IdxX & (TensorGemm.ChunksPerRow - 1);
        _operand = operand;
        _source = (firstRow + row) * wordsPerRow + stage * TensorGemm.WordsPerRow + chunk * ChunkWords;
        _target = at + row * TensorGemm.WordsPerRow + (chunk ^ ((row / 2) & 3)) * ChunkWords;
        _rows = RowsApart * wordsPerRow;
    }

    /// <summary>Rows from a thread's chunk to its next: 32, or 8 of a single warp.</summary>
    private static int RowsApart
    {
        [MethodImpl(Inline)]
        get => TWarps.Side * TWarps.Side * TensorCore.WarpSize / TensorGemm.ChunksPerRow;
    }

    /// <summary>Moves to another place of shared memory.</summary>
    /// <param name="words">Distance from the place before.</param>
    [MethodImpl(Inline)]
    public void Move(int words) => _target += words;

    /// <summary>Starts copying the next stage to the present place.</summary>
    /// <param name="shared">Shared memory.</param>
    [MethodImpl(Inline)]
    public void Fetch(ArrayView<uint> shared)
    {
        ref uint target = ref shared[_target];
        Copy(ref target, 0);
        Copy(ref target, 1);
        Copy(ref target, 2);
        Copy(ref target, 3);
        if (TWarps.Side == 1)
        {
            Copy(ref target, 4);
            Copy(ref target, 5);
            Copy(ref target, 6);
            Copy(ref target, 7);
        }

        _source += TensorGemm.WordsPerRow;
    }

    [MethodImpl(Inline)]
    private readonly void Copy(ref uint target, int turn)
    {
        ArrayView<uint> operand = _operand;
        TensorCore.CopyAsync(
            ref target, turn * RowsApart * TensorGemm.WordsPerRow, ref operand[_source + turn * _rows], 0);
    }
}

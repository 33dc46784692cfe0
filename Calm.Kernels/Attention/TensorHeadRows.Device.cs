using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Sixteen rows of a head as left operands of products over its components, in the registers of a warp.</summary>
/// <typeparam name="THead">The size of a head.</typeparam>
internal struct TensorHeadRows<THead> where THead : struct, ITensorHead
{
    /// <summary>Sixteen components each.</summary>
    public TensorWords C0, C1, C2, C3, C4, C5, C6, C7;

    /// <summary>Reads them from global memory.</summary>
    /// <param name="rows">Packed rows: <see cref="TensorHeadPacking"/>.</param>
    /// <param name="row">The first of the sixteen.</param>
    /// <param name="lane">Index of the thread in its warp.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TensorHeadRows(ArrayView<uint> rows, long row, int lane)
    {
        this = default;
        long at = (row + lane / 4) * (THead.Size / 2) + (lane & 3);
        C0 = Read(rows, at);
        C1 = Read(rows, at + 8);
        if (THead.Size > 32)
        {
            C2 = Read(rows, at + 16);
            C3 = Read(rows, at + 24);
        }

        if (THead.Size > 64)
        {
            C4 = Read(rows, at + 32);
            C5 = Read(rows, at + 40);
            C6 = Read(rows, at + 48);
            C7 = Read(rows, at + 56);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TensorWords Read(ArrayView<uint> rows, long at) => new()
    {
        A = rows[at],
        B = rows[at + 8 * (THead.Size / 2)],
        C = rows[at + 4],
        D = rows[at + 8 * (THead.Size / 2) + 4],
    };
}

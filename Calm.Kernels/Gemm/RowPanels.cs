using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A block of depth of some rows of A: packed, or where they lie in memory.</summary>
internal readonly unsafe struct RowPanels
{
    private readonly float* _data;
    private readonly int _rows;
    private readonly int _width;
    private readonly long _panelStride;

    /// <summary>Distance between the rows of a panel; 0 if it is packed.</summary>
    private readonly long _rowStride;

    /// <summary>Packed panels.</summary>
    public RowPanels(PackedOperand packed)
    {
        _data = packed.Panel(0);
        _rows = packed.Size;
        _width = packed.Width;
        _panelStride = packed.Stride;
        Depth = packed.Depth;
    }

    /// <summary>Whole panels of <see cref="MicroKernel.RowsInPlace"/> rows in memory.</summary>
    public RowPanels(float* data, long rowStride, int panels, int depth)
    {
        _data = data;
        _width = MicroKernel.RowsInPlace;
        _rows = panels * _width;
        _panelStride = _width * rowStride;
        _rowStride = rowStride;
        Depth = depth;
    }

    /// <summary>Steps of depth.</summary>
    public int Depth { get; }

    /// <summary>How many panels there are.</summary>
    public int Count => (_rows + _width - 1) / _width;

    /// <summary>First row of a panel.</summary>
    public int FirstRow(int panel) => panel * _width;

    /// <summary>How many rows a panel has.</summary>
    public int Present(int panel) => Math.Min(_width, _rows - panel * _width);

    /// <summary>Computes a tile of C from a panel of each operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Multiply<TLanes>(int panel, PackedOperand b, int columnPanel, float* tile, long stride, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* rows = _data + panel * _panelStride;
        float* columns = b.Panel(columnPanel);
        if (_rowStride != 0)
        {
            MicroKernel.RunInPlace<TLanes>(Depth, rows, _rowStride, columns, b.Width, tile, stride, accumulate);
        }
        else
        {
            MicroKernel.Run<TLanes>(
                Present(panel), Depth, rows, _width, columns, b.Width, tile, stride, accumulate);
        }
    }
}

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

    /// <summary>Distance between the rows of a panel; 0 if they lie side by side.</summary>
    private readonly long _rowStride;

    /// <summary>Distance between the steps of depth where rows lie side by side.</summary>
    private readonly long _stepStride;

    /// <summary>Packed panels.</summary>
    public RowPanels(PackedOperand packed)
    {
        _data = packed.Panel(0);
        _rows = packed.Size;
        _width = packed.Width;
        _panelStride = packed.Stride;
        _stepStride = packed.Width;
        Depth = packed.Depth;
    }

    /// <summary>Panels in memory: any rows that lie side by side, or whole panels of rows that lie behind each other.</summary>
    /// <param name="source">The operand, from the first row on.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Number of rows of a panel.</param>
    /// <param name="depth">Steps of depth.</param>
    public RowPanels(Packing source, int rows, int width, int depth)
    {
        _data = (float*)source.Data;
        _rows = rows;
        _width = width;
        _panelStride = source.Contiguous ? width : width * source.Stride;
        _rowStride = source.Contiguous ? 0 : source.Stride;
        _stepStride = source.Contiguous ? source.Stride : 0;
        Depth = depth;
    }

    /// <summary>Steps of depth.</summary>
    public int Depth { get; }

    /// <summary>Number of panels.</summary>
    public int Count => (_rows + _width - 1) / _width;

    /// <summary>First row of a panel.</summary>
    public int FirstRow(int panel) => panel * _width;

    /// <summary>Number of rows of a panel.</summary>
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
                Present(panel), Depth, rows, _stepStride, columns, b.Width, tile, stride, accumulate);
        }
    }
}

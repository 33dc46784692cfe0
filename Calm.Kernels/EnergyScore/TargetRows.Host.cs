using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Writes the targets of a position into padded rows, a block at a time.</summary>
internal readonly unsafe struct TargetRows(EnergyTargets targets, EnergySizes sizes)
{
    private readonly float* _mean = targets.Mean is { } mean ? mean.Pointer : null;
    private readonly float* _logStd = targets.LogStd is { } logStd ? logStd.Pointer : null;
    private readonly float* _values = targets.Values is { } values ? values.Pointer : null;
    private readonly int* _positions = targets.Positions is { } positions ? positions.IntegerPointer : null;
    private readonly RandomStream _noise = targets.Noise;
    private readonly int _count = sizes.Targets;
    private readonly int _columns = sizes.Columns;
    private readonly int _stride = sizes.Stride;

    /// <summary>Writes exp(logStd) of a position, which <see cref="Write"/> needs, if there is a logStd.</summary>
    /// <param name="position">m.</param>
    /// <param name="std">Out, [L].</param>
    public void WriteStd<TLanes>(long position, float* std) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (_logStd is not null)
        {
            float* logStd = _logStd + position * _columns;
            int whole = RowMath.WholeRegisters<TLanes>(_columns);
            Exp<TLanes>(logStd, std, 0, whole);
            Exp<Lanes1>(logStd, std, whole, _columns);
        }
    }

    private static void Exp<TLanes>(float* x, float* y, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int c = start; c < end; c += TLanes.Count)
        {
            LaneMath.Exp(TLanes.Load(x + c)).Store(y + c);
        }
    }

    /// <summary>Writes targets <paramref name="first"/> and on, padded with zeros.</summary>
    /// <param name="position">m.</param>
    /// <param name="first">The first target.</param>
    /// <param name="count">Their number.</param>
    /// <param name="std">In, [L], from <see cref="WriteStd"/>.</param>
    /// <param name="rows">Out, [count, stride].</param>
    public void Write<TLanes>(long position, int first, int count, float* std, float* rows)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* source;
        if (_values is not null)
        {
            source = _values + (position * _count + first) * _columns;
        }
        else
        {
            // Dense, at the end of the block: spreading the rows moves every number towards the front or not at all.
            source = rows + (long)count * (_stride - _columns);
            ulong index = ((ulong)_positions[position] * (ulong)_count + (ulong)first) * (ulong)_columns;
            RandomFill.Normals<TLanes>(_noise, index, source, (long)count * _columns);
        }

        float* mean = _mean + position * _columns;
        int whole = RowMath.WholeRegisters<TLanes>(_columns);
        for (int j = 0; j < count; j++)
        {
            float* row = rows + (long)j * _stride;
            float* from = source + (long)j * _columns;
            WriteRow<TLanes>(from, mean, std, row, 0, whole);
            WriteRow<Lanes1>(from, mean, std, row, whole, _columns);
            new Span<float>(row + _columns, _stride - _columns).Clear();
        }
    }

    private void WriteRow<TLanes>(float* source, float* mean, float* std, float* row, int start, int end)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int c = start; c < end; c += TLanes.Count)
        {
            TLanes value = TLanes.Load(source + c);
            if (_mean is not null)
            {
                value = TLanes.MultiplyAdd(value, TLanes.Load(std + c), TLanes.Load(mean + c));
            }

            value.Store(row + c);
        }
    }
}

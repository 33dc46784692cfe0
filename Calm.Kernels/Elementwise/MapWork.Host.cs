using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over elements in chunks.</content>
internal readonly unsafe partial struct MapWork<TFormula, TPass>
{
    // Simple operations an element.
    private const int WorkPerElement = 8;

    public void Run(HostDevice host)
    {
        Tensor output = target.Tensor;
        Chunks elements = Chunks.Of(output.Count, WorkPerElement);
        host.Team.Run(elements.Count, new Job(
            formula, new HostElements(x, y, dy), output.Pointer, target.Accumulate, IsFlat ? output.Count : output.Columns,
            elements));
        RoundingCopy.InPlace(host, output);
    }

    private readonly struct Job(
        TFormula formula, HostElements x, float* output, bool accumulate, long columns, Chunks elements) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long end = elements.End(chunk);
            for (long at = elements.Start(chunk); at < end;)
            {
                long row = at / columns;
                long start = at - row * columns;
                long stop = Math.Min(columns, start + end - at);
                HostElements place = x.Row(row);
                long rest = Row<TLanes>(place, output + row * columns, start, stop);
                Row<Lanes1>(place, output + row * columns, rest, stop);
                at += stop - start;
            }
        }

        private long Row<TLanes>(in HostElements place, float* target, long c, long end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            HostElements row = place;
            for (; c <= end - TLanes.Count; c += TLanes.Count)
            {
                TLanes value = row.At<TFormula, TPass, TLanes>(formula, c);
                if (accumulate)
                {
                    value += TLanes.Load(target + c);
                }

                value.Store(target + c);
            }

            return c;
        }
    }
}

/// <summary>A row of everything that a pass over a formula may read.</summary>
internal readonly unsafe struct HostElements
{
    private readonly HostOperand _a;
    private readonly HostOperand _b;
    private readonly HostOperand _c;
    private readonly HostOperand _d;
    private readonly HostOperand _y;
    private readonly HostOperand _dy;

    /// <summary>The first row.</summary>
    public HostElements(MapOperands x, MapOperand y, MapOperand dy)
        : this(new(x.A), new(x.B), new(x.C), new(x.D), new(y), new(dy))
    {
    }

    private HostElements(HostOperand a, HostOperand b, HostOperand c, HostOperand d, HostOperand y, HostOperand dy) =>
        (_a, _b, _c, _d, _y, _dy) = (a, b, c, d, y, dy);

    /// <summary>A row of what this is the first row of.</summary>
    public HostElements Row(long row) =>
        new(_a.Row(row), _b.Row(row), _c.Row(row), _d.Row(row), _y.Row(row), _dy.Row(row));

    /// <summary>The pass's numbers from column <paramref name="c"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes At<TFormula, TPass, TLanes>(TFormula formula, long c)
        where TFormula : unmanaged, IFormula where TPass : struct, IPass where TLanes : unmanaged, ILanes<TLanes> =>
        TPass.Of(
            formula,
            TPass.IsBackward ? _a.At<TLanes>(c) : TLanes.Load(_a.Pointer + c),
            TFormula.Operands > 1 ? _b.At<TLanes>(c) : default,
            TFormula.Operands > 2 ? _c.At<TLanes>(c) : default,
            TFormula.Operands > 3 ? _d.At<TLanes>(c) : default,
            TPass.IsBackward ? _y.At<TLanes>(c) : default,
            TPass.IsBackward ? _dy.At<TLanes>(c) : default);

    private readonly struct HostOperand(float* pointer, int rowStep, bool repeats)
    {
        public HostOperand(MapOperand operand)
            : this(operand.Tensor.Pointer, operand.RowStep, operand.ColumnStep == 0)
        {
        }

        public float* Pointer
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => pointer;
        }

        public HostOperand Row(long row) => new(pointer + row * rowStep, rowStep, repeats);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes At<TLanes>(long c) where TLanes : unmanaged, ILanes<TLanes> =>
            repeats ? TLanes.Broadcast(*pointer) : TLanes.Load(pointer + c);
    }
}

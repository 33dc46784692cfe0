using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops: one pass for the sum of squares, one to scale; rows in chunks.</content>
public static unsafe partial class RmsNorm
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(x.Rows, 2 * x.Columns);
            host.Team.Run(rows.Count, new ForwardJob(
                x.Pointer, weight.Pointer, y.Pointer, rstd.Pointer, x.Columns, epsilon, rows));
            RoundingCopy.InPlace(host, y);
        }
    }

    private readonly struct ForwardJob(
        float* x, float* weight, float* y, float* rstd, int columns, float epsilon, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float* source = x + row * columns;
                float* target = y + row * columns;
                float scale = 1 / MathF.Sqrt(RowMath.Dot<TLanes>(source, source, columns) / columns + epsilon);
                rstd[row] = scale;
                Scale<TLanes>(source, target, scale, 0, whole);
                Scale<Lanes1>(source, target, scale, whole, columns);
            }
        }

        private void Scale<TLanes>(float* source, float* target, float scale, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes factor = TLanes.Broadcast(scale);
            for (int c = start; c < end; c += TLanes.Count)
            {
                (TLanes.Load(source + c) * factor * TLanes.Load(weight + c)).Store(target + c);
            }
        }
    }

    private readonly partial struct Backward
    {
        public void Run(HostDevice host)
        {
            int columns = x.Columns;
            Chunks rows = Chunks.Of(x.Rows, 4 * columns);
            Tensor slots = tape.Rent(new Shape(rows.Count, columns), Op);
            host.Team.Run(rows.Count, new BackwardJob(
                x.Pointer, weight.Pointer, rstd.Pointer, dy.Pointer, dx is { } target ? target.Tensor.Pointer : null,
                dx is { Accumulate: true }, slots.Pointer, columns, rows));
            if (dWeight is { } sum)
            {
                SlotSum.Run(host, slots.Pointer, rows.Count, columns, sum);
            }
        }
    }

    private readonly struct BackwardJob(
        float* x, float* weight, float* rstd, float* dy, float* dx, bool accumulate, float* slots, int columns,
        Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* slot = slots + (long)chunk * columns;
            new Span<float>(slot, columns).Clear();
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                long at = row * columns;
                float scale = rstd[row];
                float dot = Reduce<TLanes>(at, scale, slot, 0, whole) + Reduce<Lanes1>(at, scale, slot, whole, columns);
                if (dx is not null)
                {
                    float correction = -scale * scale * scale * dot / columns;
                    Spread<TLanes>(at, scale, correction, 0, whole);
                    Spread<Lanes1>(at, scale, correction, whole, columns);
                }
            }
        }

        /// <summary>Returns the sum of dy * weight * x and adds dy * x * rstd to the slot.</summary>
        private float Reduce<TLanes>(long at, float scale, float* slot, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes factor = TLanes.Broadcast(scale);
            TLanes sum = TLanes.Broadcast(0);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes product = TLanes.Load(dy + at + c) * TLanes.Load(x + at + c);
                sum = TLanes.MultiplyAdd(product, TLanes.Load(weight + c), sum);
                TLanes.MultiplyAdd(product, factor, TLanes.Load(slot + c)).Store(slot + c);
            }

            return TLanes.Sum(sum);
        }

        /// <summary>dx (+)= rstd * weight * dy + correction * x.</summary>
        private void Spread<TLanes>(long at, float scale, float correction, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes factor = TLanes.Broadcast(scale);
            TLanes back = TLanes.Broadcast(correction);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes direct = TLanes.Load(dy + at + c) * TLanes.Load(weight + c) * factor;
                TLanes gradient = TLanes.MultiplyAdd(TLanes.Load(x + at + c), back, direct);
                if (accumulate)
                {
                    gradient += TLanes.Load(dx + at + c);
                }

                gradient.Store(dx + at + c);
            }
        }
    }
}

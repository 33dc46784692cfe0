using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// The host's loops. The variance is taken about the mean in a second pass: rows are in the first cache, and the
/// difference of two large sums would lose digits.
/// </content>
public static unsafe partial class LayerNorm
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(x.Rows, 3 * x.Columns);
            host.Team.Run(rows.Count, new ForwardJob(
                x.Pointer, weight is null ? null : weight.Pointer, bias is null ? null : bias.Pointer, y.Pointer,
                mean.Pointer, rstd.Pointer, x.Columns, epsilon, rows));
            RoundingCopy.InPlace(host, y);
        }
    }

    private readonly struct ForwardJob(
        float* x, float* weight, float* bias, float* y, float* mean, float* rstd, int columns, float epsilon,
        Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float* source = x + row * columns;
                float* target = y + row * columns;
                float center = RowMath.Sum<TLanes>(source, columns) / columns;
                float variance = RowMath.SumOfSquaredDeviations<TLanes>(source, center, columns) / columns;
                float scale = 1 / MathF.Sqrt(variance + epsilon);
                mean[row] = center;
                rstd[row] = scale;
                Normalise<TLanes>(source, target, center, scale, 0, whole);
                Normalise<Lanes1>(source, target, center, scale, whole, columns);
            }
        }

        private void Normalise<TLanes>(float* source, float* target, float center, float scale, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes shift = TLanes.Broadcast(center);
            TLanes factor = TLanes.Broadcast(scale);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes normal = (TLanes.Load(source + c) - shift) * factor;
                if (weight is not null)
                {
                    normal = TLanes.MultiplyAdd(normal, TLanes.Load(weight + c), TLanes.Load(bias + c));
                }

                normal.Store(target + c);
            }
        }
    }

    private readonly partial struct Backward
    {
        public void Run(HostDevice host)
        {
            int columns = x.Columns;
            Chunks rows = Chunks.Of(x.Rows, 5 * columns);

            // Partial sums of dWeight and dBias for each chunk.
            Tensor weightSlots = tape.Rent(new Shape(rows.Count, columns), Op);
            Tensor biasSlots = tape.Rent(new Shape(rows.Count, columns), Op);
            host.Team.Run(rows.Count, new BackwardJob(
                x.Pointer, weight is null ? null : weight.Pointer, mean.Pointer, rstd.Pointer, dy.Pointer,
                dx is { } target ? target.Tensor.Pointer : null, dx is { Accumulate: true },
                weightSlots.Pointer, biasSlots.Pointer, columns, rows));
            if (dWeight is { } weightSum)
            {
                SlotSum.Run(host, weightSlots.Pointer, rows.Count, columns, weightSum);
            }

            if (dBias is { } biasSum)
            {
                SlotSum.Run(host, biasSlots.Pointer, rows.Count, columns, biasSum);
            }
        }
    }

    private readonly struct BackwardJob(
        float* x, float* weight, float* mean, float* rstd, float* dy, float* dx, bool accumulate,
        float* weightSlots, float* biasSlots, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* weightSlot = weightSlots + (long)chunk * columns;
            float* biasSlot = biasSlots + (long)chunk * columns;
            new Span<float>(weightSlot, columns).Clear();
            new Span<float>(biasSlot, columns).Clear();
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                (float sum, float dot) = Reduce<TLanes>(row, weightSlot, biasSlot, 0, whole);
                (float tailSum, float tailDot) = Reduce<Lanes1>(row, weightSlot, biasSlot, whole, columns);
                if (dx is not null)
                {
                    float meanGradient = (sum + tailSum) / columns;
                    float meanProduct = (dot + tailDot) / columns;
                    Spread<TLanes>(row, meanGradient, meanProduct, 0, whole);
                    Spread<Lanes1>(row, meanGradient, meanProduct, whole, columns);
                }
            }
        }

        /// <summary>Returns the sums of g and g * n, with n the normalised x; adds dy * n and dy to the slots.</summary>
        private (float Sum, float Dot) Reduce<TLanes>(
            long row, float* weightSlot, float* biasSlot, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* source = x + row * columns;
            float* gradient = dy + row * columns;
            TLanes shift = TLanes.Broadcast(mean[row]);
            TLanes factor = TLanes.Broadcast(rstd[row]);
            TLanes sum = TLanes.Broadcast(0);
            TLanes dot = TLanes.Broadcast(0);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes upstream = TLanes.Load(gradient + c);
                TLanes normal = (TLanes.Load(source + c) - shift) * factor;
                TLanes g = weight is null ? upstream : upstream * TLanes.Load(weight + c);
                sum += g;
                dot = TLanes.MultiplyAdd(g, normal, dot);
                TLanes.MultiplyAdd(upstream, normal, TLanes.Load(weightSlot + c)).Store(weightSlot + c);
                (TLanes.Load(biasSlot + c) + upstream).Store(biasSlot + c);
            }

            return (TLanes.Sum(sum), TLanes.Sum(dot));
        }

        /// <summary>dx (+)= rstd * (g - mean(g) - n * mean(g * n)).</summary>
        private void Spread<TLanes>(long row, float meanGradient, float meanProduct, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* source = x + row * columns;
            float* gradient = dy + row * columns;
            float* target = dx + row * columns;
            TLanes shift = TLanes.Broadcast(mean[row]);
            TLanes factor = TLanes.Broadcast(rstd[row]);
            TLanes meanG = TLanes.Broadcast(meanGradient);
            TLanes minusMeanGn = TLanes.Broadcast(-meanProduct);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes upstream = TLanes.Load(gradient + c);
                TLanes normal = (TLanes.Load(source + c) - shift) * factor;
                TLanes g = weight is null ? upstream : upstream * TLanes.Load(weight + c);
                TLanes result = factor * TLanes.MultiplyAdd(normal, minusMeanGn, g - meanG);
                if (accumulate)
                {
                    result += TLanes.Load(target + c);
                }

                result.Store(target + c);
            }
        }
    }
}

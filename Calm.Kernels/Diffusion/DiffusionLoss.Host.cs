using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops, over rows in chunks; the rows' losses are added in their order.</content>
public static unsafe partial class DiffusionLoss
{
    // Simple operations an element, most of them for two exponentials.
    private const int WorkPerElement = 10;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Chunks chunks = Chunks.Of(noise.Rows, WorkPerElement * noise.Columns);
            host.Team.Run(chunks.Count, new ForwardJob(
                new Operands(output, noise, latents, constants), rows.Pointer, chunks));
            loss.Span[0] = MeanSquaredError.MeanOf(rows);
        }
    }

    private readonly struct Operands(Tensor output, Tensor noise, Tensor latents, Tensor constants)
    {
        private readonly float* _output = output.Pointer;
        private readonly float* _noise = noise.Pointer;
        private readonly float* _latents = latents.Pointer;
        private readonly float* _constants = constants.Pointer;

        public int Columns { get; } = noise.Columns;

        public bool IsFirst(long row) =>
            _constants[row * DiffusionConstants.Count + DiffusionConstants.IsFirst] != 0;

        public Variance Variance(long row)
        {
            float* constants = _constants + row * DiffusionConstants.Count;
            return new Variance(
                constants[DiffusionConstants.Gap], constants[DiffusionConstants.LogMin],
                constants[DiffusionConstants.LogMax]);
        }

        /// <summary>Of elements of a row: e - noise, and the bound's term in nats with its slope in v.</summary>
        public TLanes Term<TLanes>(long row, int c, bool isFirst, Variance variance, out TLanes difference, out TLanes slope)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* seen = _output + 2 * row * Columns + c;
            difference = TLanes.Load(seen) - TLanes.Load(_noise + row * Columns + c);
            TLanes v = TLanes.Load(seen + Columns);
            return isFirst
                ? variance.Surprise(difference, v, TLanes.Load(_latents + row * Columns + c), out slope)
                : variance.Divergence(difference, v, out slope);
        }
    }

    private readonly struct ForwardJob(Operands operands, float* rows, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int columns = operands.Columns;
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = chunks.Start(chunk); row < chunks.End(chunk); row++)
            {
                rows[row] = (Sum<TLanes>(row, 0, whole) + Sum<Lanes1>(row, whole, columns)) / columns;
            }
        }

        private float Sum<TLanes>(long row, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            bool isFirst = operands.IsFirst(row);
            Variance variance = operands.Variance(row);
            TLanes bits = TLanes.Broadcast(BitsPerNat);
            TLanes sum = TLanes.Broadcast(0);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes term = operands.Term(row, c, isFirst, variance, out TLanes difference, out _);
                sum += TLanes.MultiplyAdd(difference, difference, bits * term);
            }

            return TLanes.Sum(sum);
        }
    }

    private readonly partial struct Backward
    {
        public void Run(HostDevice host)
        {
            Chunks chunks = Chunks.Of(noise.Rows, WorkPerElement * noise.Columns);
            host.Team.Run(chunks.Count, new BackwardJob(
                new Operands(output, noise, latents, constants), scale * dLoss.Span[0], dOutput.Tensor.Pointer,
                dOutput.Accumulate, chunks));
        }
    }

    private readonly struct BackwardJob(
        Operands operands, float factor, float* dOutput, bool accumulate, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(operands.Columns);
            for (long row = chunks.Start(chunk); row < chunks.End(chunk); row++)
            {
                Spread<TLanes>(row, 0, whole);
                Spread<Lanes1>(row, whole, operands.Columns);
            }
        }

        private void Spread<TLanes>(long row, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            bool isFirst = operands.IsFirst(row);
            Variance variance = operands.Variance(row);
            TLanes seenFactor = TLanes.Broadcast(2 * factor);
            TLanes slopeFactor = TLanes.Broadcast(BitsPerNat * factor);
            for (int c = start; c < end; c += TLanes.Count)
            {
                operands.Term(row, c, isFirst, variance, out TLanes difference, out TLanes slope);
                float* target = dOutput + 2 * row * operands.Columns + c;
                Write(target, seenFactor * difference);
                Write(target + operands.Columns, slopeFactor * slope);
            }
        }

        private void Write<TLanes>(float* target, TLanes gradient) where TLanes : unmanaged, ILanes<TLanes> =>
            (accumulate ? gradient + TLanes.Load(target) : gradient).Store(target);
    }
}

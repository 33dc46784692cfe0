using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loops, over rows in chunks: a sum, then the elements.</content>
public static unsafe partial class RowMap
{
    // Simple operations an element: most functions have an exponential.
    private const int WorkPerElement = 8;

    private readonly partial struct Forward<TFunction>
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(x.Rows, WorkPerElement * (long)x.Columns);
            host.Team.Run(rows.Count, new ForwardJob<TFunction>(
                function, x.Pointer, y.Pointer, statistics.Pointer, x.Columns, rows));
        }
    }

    private readonly partial struct Backward<TFunction>
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(y.Rows, WorkPerElement * (long)y.Columns);
            host.Team.Run(rows.Count, new BackwardJob<TFunction>(
                function, y.Pointer, statistics.Pointer, dy.Pointer, dx.Tensor.Pointer, dx.Accumulate, y.Columns, rows));
        }
    }

    private readonly struct ForwardJob<TFunction>(
        TFunction function, float* x, float* y, float* statistics, int columns, Chunks rows) : IChunkJob
        where TFunction : unmanaged, IRowFunction
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float* source = x + row * columns;
                float* target = y + row * columns;
                float max = TFunction.SubtractsMax ? SoftmaxRow.Max<TLanes>(source, columns) : 0;
                float sum = Terms<TLanes>(source, target, max, 0, whole) + Terms<Lanes1>(source, target, max, whole, columns);
                float statistic = statistics[row] = Lanes1.Sum(function.Statistic(Lanes1.Broadcast(sum)));
                Values<TLanes>(source, target, max, statistic, 0, whole);
                Values<Lanes1>(source, target, max, statistic, whole, columns);
            }
        }

        /// <summary>Stores the terms and returns their sum.</summary>
        private float Terms<TLanes>(float* source, float* target, float max, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes shift = TLanes.Broadcast(max);
            TLanes sum = TLanes.Broadcast(0);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes term = function.Term(Shifted(TLanes.Load(source + c), shift));
                term.Store(target + c);
                sum += term;
            }

            return TLanes.Sum(sum);
        }

        private void Values<TLanes>(float* source, float* target, float max, float statistic, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes shift = TLanes.Broadcast(max);
            TLanes number = TLanes.Broadcast(statistic);
            for (int c = start; c < end; c += TLanes.Count)
            {
                function.Value(Shifted(TLanes.Load(source + c), shift), TLanes.Load(target + c), number).Store(target + c);
            }
        }

        private static TLanes Shifted<TLanes>(TLanes x, TLanes shift) where TLanes : unmanaged, ILanes<TLanes> =>
            TFunction.SubtractsMax ? x - shift : x;
    }

    private readonly struct BackwardJob<TFunction>(
        TFunction function, float* y, float* statistics, float* dy, float* dx, bool accumulate, int columns, Chunks rows)
        : IChunkJob where TFunction : unmanaged, IRowFunction
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(columns);
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                long at = row * columns;
                float sum = Terms<TLanes>(at, 0, whole) + Terms<Lanes1>(at, whole, columns);
                Gradients<TLanes>(at, statistics[row], sum, 0, whole);
                Gradients<Lanes1>(at, statistics[row], sum, whole, columns);
            }
        }

        private float Terms<TLanes>(long at, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes sum = TLanes.Broadcast(0);
            for (long c = at + start; c < at + end; c += TLanes.Count)
            {
                sum += function.GradientTerm(TLanes.Load(y + c), TLanes.Load(dy + c));
            }

            return TLanes.Sum(sum);
        }

        private void Gradients<TLanes>(long at, float statistic, float sum, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes number = TLanes.Broadcast(statistic);
            TLanes total = TLanes.Broadcast(sum);
            for (long c = at + start; c < at + end; c += TLanes.Count)
            {
                TLanes gradient = function.Gradient(TLanes.Load(y + c), TLanes.Load(dy + c), number, total);
                if (accumulate)
                {
                    gradient += TLanes.Load(dx + c);
                }

                gradient.Store(dx + c);
            }
        }
    }
}

using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's loop, over positions in chunks.</content>
internal readonly unsafe partial struct EnergyLoop
{
    public void Run(HostDevice host)
    {
        Chunks positions = Chunks.Of(sizes.Positions, sizes.WorkPerPosition);
        host.Team.Run(positions.Count, new Job(
            sizes, draws.Pointer, new TargetRows(targets, sizes), exponent, terms.Pointer, slopes.Spread, slopes.Fit,
            slopes.PerPosition is { } factors ? factors.Pointer : null, dDraws is { } target ? target.Tensor.Pointer : null,
            dDraws is { Accumulate: true }, host.Workspace(positions.Count * Scratch.Floats(sizes)), positions));
    }

    /// <summary>Scratch memory of a chunk: one position's draws, their gradient, and one block of its targets.</summary>
    private readonly struct Scratch(EnergySizes sizes, float* start)
    {
        public readonly float* Draws = start;
        public readonly float* Gradient = start + Rows(sizes);
        public readonly float* Std = start + 2 * Rows(sizes);
        public readonly float* Targets = start + 2 * Rows(sizes) + sizes.Stride;
        public readonly float* Weights = start + 2 * Rows(sizes) + (1 + sizes.BlockRows) * (long)sizes.Stride;

        public static long Floats(EnergySizes sizes) =>
            2 * Rows(sizes) + (1 + sizes.BlockRows) * (long)sizes.Stride
            + PairEnergy.WeightCount(sizes.DrawRows, sizes.BlockRows);

        private static long Rows(EnergySizes sizes) => (long)sizes.DrawRows * sizes.Stride;
    }

    private readonly struct Job(
        EnergySizes sizes, float* draws, TargetRows targets, float exponent, float* terms, double spreadSlope,
        double fitSlope, float* slopes, float* dDraws, bool accumulate, float* workspace, Chunks positions) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            Scratch scratch = new(sizes, workspace + chunk * Scratch.Floats(sizes));
            for (long position = positions.Start(chunk); position < positions.End(chunk); position++)
            {
                LoadDraws(position, scratch);
                double spread = Spread<TLanes>(position, scratch);
                double fit = Fit<TLanes>(position, scratch);
                terms[position] = (float)(spread / sizes.DrawPairs);
                terms[sizes.Positions + position] = (float)(fit / sizes.TargetPairs);
                if (dDraws is not null)
                {
                    StoreGradient<TLanes>(position, scratch);
                }
            }
        }

        private void LoadDraws(long position, Scratch scratch)
        {
            int floats = sizes.DrawRows * sizes.Stride;
            new Span<float>(scratch.Draws, floats).Clear();
            new Span<float>(scratch.Gradient, floats).Clear();
            float* source = draws + position * sizes.Draws * sizes.Columns;
            for (int i = 0; i < sizes.Draws; i++)
            {
                new Span<float>(source + (long)i * sizes.Columns, sizes.Columns).CopyTo(
                    new Span<float>(scratch.Draws + (long)i * sizes.Stride, sizes.Columns));
            }
        }

        /// <summary>Sum over ordered pairs of draws. The gradient is added for the first of a pair only: hence the 2.</summary>
        private double Spread<TLanes>(long position, Scratch scratch) where TLanes : unmanaged, ILanes<TLanes>
        {
            double coefficient = 2 * spreadSlope * (slopes is null ? 1 : slopes[position]) / sizes.DrawPairs;
            double sum = 0;
            for (int first = 0; first < sizes.Draws; first += sizes.BlockRows)
            {
                int count = Math.Min(sizes.BlockRows, sizes.Draws - first);
                sum += Block<TLanes>(scratch, scratch.Draws + (long)first * sizes.Stride, count, (float)coefficient);
            }

            return sum;
        }

        private double Fit<TLanes>(long position, Scratch scratch) where TLanes : unmanaged, ILanes<TLanes>
        {
            double coefficient = fitSlope * (slopes is null ? 1 : slopes[sizes.Positions + position]) / sizes.TargetPairs;
            double sum = 0;
            targets.WriteStd<TLanes>(position, scratch.Std);
            for (int first = 0; first < sizes.Targets; first += sizes.BlockRows)
            {
                int count = Math.Min(sizes.BlockRows, sizes.Targets - first);
                targets.Write<TLanes>(position, first, count, scratch.Std, scratch.Targets);
                sum += Block<TLanes>(scratch, scratch.Targets, count, (float)coefficient);
            }

            return sum;
        }

        /// <summary>The draws against one block of rows: returns the sum and adds to the gradient.</summary>
        private float Block<TLanes>(Scratch scratch, float* rows, int count, float coefficient)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            PairEnergy.SquaredDistances<TLanes>(
                scratch.Draws, sizes.Draws, rows, count, sizes.Stride, scratch.Weights);
            float sum = PairEnergy.Weigh<TLanes>(
                scratch.Weights, PairEnergy.WeightCount(sizes.DrawRows, count), exponent, coefficient);
            if (dDraws is not null)
            {
                PairEnergy.AddGradient<TLanes>(
                    scratch.Draws, sizes.Draws, rows, count, sizes.Stride, scratch.Weights, scratch.Gradient);
            }

            return sum;
        }

        private void StoreGradient<TLanes>(long position, Scratch scratch) where TLanes : unmanaged, ILanes<TLanes>
        {
            int whole = RowMath.WholeRegisters<TLanes>(sizes.Columns);
            for (int i = 0; i < sizes.Draws; i++)
            {
                float* source = scratch.Gradient + (long)i * sizes.Stride;
                float* target = dDraws + (position * sizes.Draws + i) * sizes.Columns;
                StoreRow<TLanes>(source, target, 0, whole);
                StoreRow<Lanes1>(source, target, whole, sizes.Columns);
            }
        }

        private void StoreRow<TLanes>(float* source, float* target, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes value = TLanes.Load(source + c);
                (accumulate ? value + TLanes.Load(target + c) : value).Store(target + c);
            }
        }
    }
}

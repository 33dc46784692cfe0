using Calm.Kernels;
using Calm.Runtime;

namespace Laboratory;

/// <summary>Step 4: step 2 with an exponential of fewer operations, and maxima that do not wait for each other.</summary>
public static unsafe partial class Softmax4
{
    public static Tensor Apply(Tape tape, Tensor x)
    {
        Check.Device(nameof(Softmax4), tape, x);
        Tensor y = tape.Rent(x.Shape, nameof(Softmax4));
        tape.Device.Run(new Forward(x, y));
        return y;
    }

    private readonly partial struct Forward(Tensor x, Tensor y) : IDeviceWork
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(x.Rows, 32L * x.Columns);
            host.Team.Run(rows.Count, new Job(x.Pointer, y.Pointer, x.Columns, rows));
        }
    }

    private readonly struct Job(float* x, float* y, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            // Whole registers first, then the rest of the row as registers of one number.
            int whole = columns & -TLanes.Count;
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float* source = x + row * columns;
                float* target = y + row * columns;
                float max = MathF.Max(Max<TLanes>(source, 0, whole), Max<Lanes1>(source, whole, columns));
                float sum = Powers<TLanes>(source, target, max, 0, whole) + Powers<Lanes1>(source, target, max, whole, columns);
                Scale<TLanes>(target, 1 / sum, 0, whole);
                Scale<Lanes1>(target, 1 / sum, whole, columns);
            }
        }

        // Four running maxima: each waits only for itself.
        private static float Max<TLanes>(float* x, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes m0 = TLanes.Broadcast(float.NegativeInfinity), m1 = m0, m2 = m0, m3 = m0;
            int c = start;
            for (; c <= end - 4 * TLanes.Count; c += 4 * TLanes.Count)
            {
                m0 = TLanes.Max(m0, TLanes.Load(x + c));
                m1 = TLanes.Max(m1, TLanes.Load(x + c + TLanes.Count));
                m2 = TLanes.Max(m2, TLanes.Load(x + c + 2 * TLanes.Count));
                m3 = TLanes.Max(m3, TLanes.Load(x + c + 3 * TLanes.Count));
            }

            for (; c < end; c += TLanes.Count)
            {
                m0 = TLanes.Max(m0, TLanes.Load(x + c));
            }

            return TLanes.MaxElement(TLanes.Max(TLanes.Max(m0, m1), TLanes.Max(m2, m3)));
        }

        private static float Powers<TLanes>(float* x, float* y, float max, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes sum = TLanes.Broadcast(0);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes power = ShortExp.Of(TLanes.Load(x + c) - TLanes.Broadcast(max));
                power.Store(y + c);
                sum += power;
            }

            return TLanes.Sum(sum);
        }

        private static void Scale<TLanes>(float* y, float factor, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                (TLanes.Load(y + c) * TLanes.Broadcast(factor)).Store(y + c);
            }
        }
    }
}

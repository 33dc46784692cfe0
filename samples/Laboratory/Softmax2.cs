using Calm.Kernels;
using Calm.Runtime;

namespace Laboratory;

/// <summary>Step 2: a register of numbers at a time, and each exponential once.</summary>
public static unsafe partial class Softmax2
{
    public static Tensor Apply(Tape tape, Tensor x)
    {
        Check.Device(nameof(Softmax2), tape, x);
        Tensor y = tape.Rent(x.Shape, nameof(Softmax2));
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

        private static float Max<TLanes>(float* x, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes max = TLanes.Broadcast(float.NegativeInfinity);
            for (int c = start; c < end; c += TLanes.Count)
            {
                max = TLanes.Max(max, TLanes.Load(x + c));
            }

            return TLanes.MaxElement(max);
        }

        private static float Powers<TLanes>(float* x, float* y, float max, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes sum = TLanes.Broadcast(0);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes power = LaneMath.Exp(TLanes.Load(x + c) - TLanes.Broadcast(max));
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

using Calm.Kernels;
using Calm.Runtime;

namespace Laboratory;

/// <summary>Step 3: maximum and sum in one pass, "online" (Milakov and Gimelshein 2018, arXiv:1805.02867).</summary>
public static unsafe partial class Softmax3
{
    public static Tensor Apply(Tape tape, Tensor x)
    {
        Check.Device(nameof(Softmax3), tape, x);
        Tensor y = tape.Rent(x.Shape, nameof(Softmax3));
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
            int whole = columns & -TLanes.Count;
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float* source = x + row * columns;
                float* target = y + row * columns;
                float rest = Online<Lanes1>(source, whole, columns, out float restMax);
                float sum = Online<TLanes>(source, 0, whole, out float max);
                float all = MathF.Max(max, restMax);
                sum = sum * MathF.Exp(max - all) + rest * MathF.Exp(restMax - all);
                Values<TLanes>(source, target, all, 1 / sum, 0, whole);
                Values<Lanes1>(source, target, all, 1 / sum, whole, columns);
            }
        }

        // Each lane keeps its own maximum and the sum relative to it; they meet at the end.
        private static float Online<TLanes>(float* x, int start, int end, out float max)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes top = TLanes.Broadcast(float.MinValue);
            TLanes sum = TLanes.Broadcast(0);
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes value = TLanes.Load(x + c);
                TLanes greater = TLanes.Max(top, value);
                sum = TLanes.MultiplyAdd(sum, LaneMath.Exp(top - greater), LaneMath.Exp(value - greater));
                top = greater;
            }

            max = TLanes.MaxElement(top);
            return TLanes.Sum(sum * LaneMath.Exp(top - TLanes.Broadcast(max)));
        }

        private static void Values<TLanes>(float* x, float* y, float max, float factor, int start, int end)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = start; c < end; c += TLanes.Count)
            {
                TLanes power = LaneMath.Exp(TLanes.Load(x + c) - TLanes.Broadcast(max));
                (power * TLanes.Broadcast(factor)).Store(y + c);
            }
        }
    }
}

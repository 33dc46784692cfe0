using Calm.Kernels;
using Calm.Runtime;

namespace Laboratory;

/// <summary>Step 1: the definition, number by number. y = e^(x - max) / sum of e^(x - max), for each row.</summary>
public static unsafe partial class Softmax1
{
    public static Tensor Apply(Tape tape, Tensor x)
    {
        Check.Device(nameof(Softmax1), tape, x);
        Tensor y = tape.Rent(x.Shape, nameof(Softmax1));
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

    // TLanes, the machine's register, is not used yet.
    private readonly struct Job(float* x, float* y, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                Row(x + row * columns, y + row * columns);
            }
        }

        private void Row(float* source, float* target)
        {
            float max = float.NegativeInfinity;
            for (int c = 0; c < columns; c++)
            {
                max = MathF.Max(max, source[c]);
            }

            float sum = 0;
            for (int c = 0; c < columns; c++)
            {
                sum += MathF.Exp(source[c] - max);
            }

            for (int c = 0; c < columns; c++)
            {
                target[c] = MathF.Exp(source[c] - max) / sum;
            }
        }
    }
}

using Calm.Runtime;
using ILGPU;
using Lanes16 = Calm.Runtime.LanePair<
    Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>>>;

namespace KernelLadders;

/// <summary>Version 4, for CPUs: version 1 with sixteen lanes that a thread brings itself.</summary>
public static class RmsNorm4
{
    public static void Run(Tensor x, Tensor weight, Tensor y, float epsilon) => x.Gpu().Launch(
        new KernelConfig(x.Rows, 1), new ForwardKernel(x.View(), weight.View(), y.View(), x.Columns, epsilon));

    /// <remarks>
    /// Launch: R groups of one thread. Shared memory: 64 B. What changed: a CPU has no threads to spare and no warps; its
    /// compiler makes vector instructions of lanes, but not of a loop's running sum, whose order it may not change.
    /// </remarks>
    public readonly struct ForwardKernel(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int columns, float epsilon) : IKernel
    {
        public void Run()
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(Lanes16.Count);
            long row = (long)Grid.IdxX * columns;
            int whole = columns / Lanes16.Count * Lanes16.Count;
            Lanes16 squares = Lanes16.Broadcast(0);
            for (int c = 0; c < whole; c += Lanes16.Count)
            {
                Lanes16 v = Lanes16.Load(x, row + c);
                squares += v * v;
            }

            Lanes16.Store(squares, shared, 0);
            float sum = 0;
            for (int lane = 0; lane < Lanes16.Count; lane++)
            {
                sum += shared[lane];
            }

            for (int c = whole; c < columns; c++)
            {
                sum += x[row + c] * x[row + c];
            }

            float rstd = 1 / MathF.Sqrt(sum / columns + epsilon);
            for (int c = 0; c < columns; c++)
            {
                y[row + c] = x[row + c] * rstd * weight[c];
            }
        }
    }
}

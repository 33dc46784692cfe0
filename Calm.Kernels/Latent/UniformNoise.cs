using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Noise for the draws of a generative head: y[r, c] = u - 1/2 with u uniform in [0, 1), element c of row r having index
/// rows[r] * C + c of the stream. A row's noise depends on its number only, not on where it stands in a batch.
/// </summary>
public static unsafe partial class UniformNoise
{
    private const string Op = nameof(UniformNoise);

    /// <summary>Draws one row for each row number.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="rows">Row numbers, [R].</param>
    /// <param name="columns">C.</param>
    /// <param name="stream">Whose numbers.</param>
    /// <returns>y, [R, C].</returns>
    public static Tensor Apply(Tape tape, Tensor rows, int columns, RandomStream stream)
    {
        Check.Device(Op, tape, rows);
        int count = checked((int)rows.Count);
        Tensor y = tape.Rent(new Shape(count, columns), Op);
        if (tape.Device is HostDevice host)
        {
            Chunks chunks = Chunks.Of(count, 8L * columns);
            host.Team.Run(chunks.Count, new Job(rows.IntegerPointer, y.Pointer, columns, stream, chunks));
        }
        else
        {
            bool done = false;
            ApplyOnDevice(rows, y, stream, ref done);
            Check.Done(Op, tape.Device, done);
        }

        return y;
    }

    internal static double[] Reference(double[] rows, int columns, RandomStream stream)
    {
        double[] y = new double[rows.Length * columns];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = stream.Uniform((ulong)rows[i / columns] * (ulong)columns + (ulong)(i % columns)) - 0.5;
        }

        return y;
    }

    private readonly struct Job(int* rows, float* y, int columns, RandomStream stream, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long row = chunks.Start(chunk); row < chunks.End(chunk); row++)
            {
                float* target = y + row * columns;
                RandomFill.Uniforms<TLanes>(stream, (ulong)rows[row] * (ulong)columns, target, columns);
                int c = Centre<TLanes>(target, 0);
                Centre<Lanes1>(target, c);
            }
        }

        private int Centre<TLanes>(float* target, int c) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (; c <= columns - TLanes.Count; c += TLanes.Count)
            {
                (TLanes.Load(target + c) - TLanes.Broadcast(0.5f)).Store(target + c);
            }

            return c;
        }
    }

    static partial void ApplyOnDevice(Tensor rows, Tensor y, RandomStream stream, ref bool done);
}

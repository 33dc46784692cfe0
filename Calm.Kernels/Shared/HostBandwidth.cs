using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Measures how fast the host's threads read, write, copy and change data, each its own part of it.</summary>
internal static unsafe class HostBandwidth
{
    // Each timed call moves at least so many bytes a thread, so that starting it does not count.
    private const long BytesPerCall = 1 << 22;
    private const int FloatsPerStep = 64;

    /// <summary>The fastest of reading, writing, copying and changing in place, in 10^9 bytes a second.</summary>
    /// <param name="host">The host.</param>
    /// <param name="bytes">Bytes of all data together: of a copy half are read and half are written.</param>
    public static double Gbs(HostDevice host, long bytes)
    {
        int threads = host.Team.Threads;
        Part part = new(Math.Max(FloatsPerStep * 2, bytes / sizeof(float) / threads / (2 * FloatsPerStep) * 2 * FloatsPerStep));
        float* memory = host.Workspace((part.Floats * threads) + (threads * FloatsPerStep));
        float* sink = memory + (part.Floats * threads);
        double moved = (double)part.Floats * sizeof(float) * part.Passes * threads / 1e9;
        return new[]
        {
            moved / PeakMeasure.Best(host, () => host.Team.Run(threads, new WriteJob(memory, part))),
            moved / PeakMeasure.Best(host, () => host.Team.Run(threads, new ReadJob(memory, part, sink))),
            moved / PeakMeasure.Best(host, () => host.Team.Run(threads, new CopyJob(memory, part))),

            // Reads and writes each byte; no other cache line is fetched to be written.
            2 * moved / PeakMeasure.Best(host, () => host.Team.Run(threads, new ChangeJob(memory, part))),
        }.Max();
    }

    /// <summary>A thread's part of the data, and how often a call goes through it.</summary>
    private readonly record struct Part(long Floats)
    {
        public int Passes => (int)Math.Max(1, BytesPerCall / (Floats * sizeof(float)));
    }

    private readonly struct ReadJob(float* memory, Part part, float* sink) : IChunkJob
    {
        [SkipLocalsInit]
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes a = TLanes.Broadcast(0), b = a, c = a, d = a;
            for (int pass = 0; pass < part.Passes; pass++)
            {
                float* end = memory + (part.Floats * (chunk + 1));
                for (float* x = memory + (part.Floats * chunk); x < end; x += 4 * TLanes.Count)
                {
                    a += TLanes.Load(x);
                    b += TLanes.Load(x + TLanes.Count);
                    c += TLanes.Load(x + (2 * TLanes.Count));
                    d += TLanes.Load(x + (3 * TLanes.Count));
                }
            }

            (a + b + c + d).Store(sink + (chunk * FloatsPerStep));
        }
    }

    private readonly struct WriteJob(float* memory, Part part) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes value = TLanes.Broadcast(1);
            for (int pass = 0; pass < part.Passes; pass++)
            {
                float* end = memory + (part.Floats * (chunk + 1));
                for (float* x = memory + (part.Floats * chunk); x < end; x += 4 * TLanes.Count)
                {
                    value.Store(x);
                    value.Store(x + TLanes.Count);
                    value.Store(x + (2 * TLanes.Count));
                    value.Store(x + (3 * TLanes.Count));
                }
            }
        }
    }

    private readonly struct ChangeJob(float* memory, Part part) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes one = TLanes.Broadcast(1);
            for (int pass = 0; pass < part.Passes; pass++)
            {
                float* end = memory + (part.Floats * (chunk + 1));
                for (float* x = memory + (part.Floats * chunk); x < end; x += 2 * TLanes.Count)
                {
                    (TLanes.Load(x) + one).Store(x);
                    (TLanes.Load(x + TLanes.Count) + one).Store(x + TLanes.Count);
                }
            }
        }
    }

    // Copies the first half of a part to its second; the library's copy passes by the caches where that is faster.
    private readonly struct CopyJob(float* memory, Part part) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* source = memory + (part.Floats * chunk);
            long bytes = part.Floats / 2 * sizeof(float);
            for (int pass = 0; pass < part.Passes; pass++)
            {
                Buffer.MemoryCopy(source, source + (part.Floats / 2), bytes, bytes);
            }
        }
    }
}

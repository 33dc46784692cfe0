using System.Diagnostics;
using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Measures the peak rates of this host, to which the speed of every op is compared.</summary>
internal static unsafe class PeakMeasure
{
    private const int Rounds = 8;
    private const int ChunksPerThread = 4;
    private const int Iterations = 40_000;
    private const int Chains = 12;

    /// <summary>Fused multiply-adds of all threads in 10^9 FLOP/s: twelve independent chains in registers.</summary>
    public static double Gflops(HostDevice host)
    {
        int chunks = host.Team.Threads * ChunksPerThread;
        float* sink = host.Workspace(chunks * 16);
        double best = Best(host, () => host.Team.Run(chunks, new MultiplyAddJob(sink)));
        return 2.0 * Chains * Lanes(host.Instructions) * Iterations * chunks / best / 1e9;
    }

    // Far more than most caches hold.
    private const int CopiedFloats = 1 << 24;

    /// <summary>Bytes read and written by copying an array larger than the caches, in 10^9 a second.</summary>
    public static double Bandwidth(HostDevice host)
    {
        float* memory = host.Workspace(2L * CopiedFloats);
        new Span<float>(memory, CopiedFloats).Fill(1);
        Chunks chunks = new(CopiedFloats, 64);
        double best = Best(host, () => host.Team.Run(chunks.Count, new CopyJob(memory, memory + CopiedFloats, chunks)));
        return 2.0 * CopiedFloats * sizeof(float) / best / 1e9;
    }

    private static int Lanes(InstructionSet set) => set switch
    {
        InstructionSet.Vector512 => 16,
        InstructionSet.Vector256 => 8,
        InstructionSet.Vector128 => 4,
        _ => 1,
    };

    /// <summary>The shortest of several runs, in seconds.</summary>
    internal static double Best(Device device, Action run)
    {
        run();
        device.Synchronize();
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            device.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private readonly struct MultiplyAddJob(float* sink) : IChunkJob
    {
        [SkipLocalsInit]
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            TLanes x = TLanes.Broadcast(0.999f);
            TLanes y = TLanes.Broadcast(0.001f);
            TLanes a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
            for (int n = 0; n < Iterations; n++)
            {
                a = TLanes.MultiplyAdd(a, x, y);
                b = TLanes.MultiplyAdd(b, x, y);
                c = TLanes.MultiplyAdd(c, x, y);
                d = TLanes.MultiplyAdd(d, x, y);
                e = TLanes.MultiplyAdd(e, x, y);
                f = TLanes.MultiplyAdd(f, x, y);
                g = TLanes.MultiplyAdd(g, x, y);
                h = TLanes.MultiplyAdd(h, x, y);
                i = TLanes.MultiplyAdd(i, x, y);
                j = TLanes.MultiplyAdd(j, x, y);
                k = TLanes.MultiplyAdd(k, x, y);
                l = TLanes.MultiplyAdd(l, x, y);
            }

            (a + b + c + d + e + f + g + h + i + j + k + l).Store(sink + chunk * 16);
        }
    }

    private readonly struct CopyJob(float* source, float* target, Chunks chunks) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            long start = chunks.Start(chunk);
            long bytes = (chunks.End(chunk) - start) * sizeof(float);
            Buffer.MemoryCopy(source + start, target + start, bytes, bytes);
        }
    }
}

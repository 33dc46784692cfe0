using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>
/// The cost of sharing work between two threads: two equal pieces by the thread team and by the library's own way,
/// compared with one piece alone.
/// </summary>
public class ThreadTeamBenchmarks : IDisposable
{
    private static readonly ParallelOptions TwoAtOnce = new() { MaxDegreeOfParallelism = 2 };

    private ThreadTeam _team = null!;

    [GlobalSetup]
    public void Setup() => _team = new ThreadTeam(2, InstructionSet.Scalar);

    [GlobalCleanup]
    public void Dispose()
    {
        _team.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public float OnePieceAlone() => Piece.Work();

    [Benchmark]
    public void TwoByTeam() => _team.Run(2, default(Piece));

    [Benchmark]
    public void TwoByParallelFor() => Parallel.For(0, 2, TwoAtOnce, static _ => Piece.Work());

    /// <summary>About ten microseconds in registers.</summary>
    private readonly struct Piece : IChunkJob
    {
        private const int Steps = 10_000;

        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes> => Work();

        // Not inlined, or a result that nobody reads would be left out.
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static float Work()
        {
            float value = 1;
            for (int i = 0; i < Steps; i++)
            {
                value *= 0.999f;
            }

            return value;
        }
    }
}

using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Work of attention that runs in tiles in shared memory, written once for all sizes of a head.</summary>
internal interface ITiledWork
{
    /// <summary>Launches the kernels.</summary>
    /// <typeparam name="TGrid">The threads of a group.</typeparam>
    void RunTiled<TGrid>(IlgpuDevice gpu) where TGrid : struct, IThreadGrid;
}

/// <summary>The choice of the grid of threads.</summary>
internal static class ThreadGrid
{
    /// <summary>Runs work with the grid that suits the device and the size of a head.</summary>
    public static void Run<TWork>(IlgpuDevice gpu, int headSize, in TWork work) where TWork : struct, ITiledWork
    {
        switch (headSize)
        {
            case var _ when gpu.HasSmallGroups:
                work.RunTiled<EmulatedHeadSize32>(gpu);
                break;
            case <= 16:
                work.RunTiled<HeadSize16>(gpu);
                break;
            case <= 32 when gpu.Limits.Threads >= AttentionGroup<HeadSize32>.Threads:
                work.RunTiled<HeadSize32>(gpu);
                break;
            case var _ when gpu.Limits.Threads < AttentionGroup<HeadSize64>.Threads:
                work.RunTiled<LittleGroup64>(gpu);
                break;
            case <= 64:
                work.RunTiled<HeadSize64>(gpu);
                break;
            default:
                work.RunTiled<HeadSize128>(gpu);
                break;
        }
    }
}

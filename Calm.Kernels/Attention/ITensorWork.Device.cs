using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Work of attention that runs on tensor cores, written once for all sizes of a head.</summary>
internal interface ITensorWork
{
    /// <summary>Launches the kernels.</summary>
    /// <typeparam name="THead">The size of a head, filled up.</typeparam>
    void RunOnTensorCores<THead>(IlgpuDevice gpu) where THead : struct, ITensorHead;
}

/// <summary>The choice of the size that heads are filled up to.</summary>
internal static class TensorHead
{
    /// <summary>Rows that a warp has in place: queries, or keys.</summary>
    public const int WarpRows = 16;

    /// <summary>Runs work with the head that suits the device and the size of a head.</summary>
    public static void Run<TWork>(IlgpuDevice gpu, int headSize, in TWork work) where TWork : struct, ITensorWork
    {
        switch (headSize)
        {
            case <= 32:
                RunWith<TensorHead32, TWork>(gpu, work);
                break;
            case <= 64:
                RunWith<TensorHead64, TWork>(gpu, work);
                break;
            default:
                RunWith<TensorHead128, TWork>(gpu, work);
                break;
        }
    }

    private static void RunWith<THead, TWork>(IlgpuDevice gpu, in TWork work)
        where THead : struct, ITensorHead where TWork : struct, ITensorWork
    {
        if (gpu.HasSmallGroups)
        {
            work.RunOnTensorCores<EmulatedTensorHead<THead>>(gpu);
        }
        else
        {
            work.RunOnTensorCores<THead>(gpu);
        }
    }
}

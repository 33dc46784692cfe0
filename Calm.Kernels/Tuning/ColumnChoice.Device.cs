using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A launch for any number of neighbouring columns of a thread.</summary>
internal interface IColumnLaunch
{
    /// <summary>Launches the kernel whose threads take the lanes of a vector each.</summary>
    void Run<TLanes>(IlgpuDevice gpu) where TLanes : unmanaged, IKernelLanes<TLanes>;
}

/// <summary>The columns that a thread adds up, of a kernel that sums rows.</summary>
/// <param name="of">The kernel, or its op.</param>
internal sealed class ColumnChoice(string of)
{
    private readonly Choice _choice = new(ChoiceKinds.Columns, of);

    /// <summary>Launches for rows and columns of the summed matrix.</summary>
    public void Run<TLaunch>(IlgpuDevice gpu, int rows, int columns, in TLaunch launch) where TLaunch : struct, IColumnLaunch
    {
        int byDefault = gpu.Family == KernelFamily.Direct ? Lanes16.Count : 1;
        switch (Tuning.Of(gpu).Choose(_choice, SizeClass.Of(rows, columns), byDefault))
        {
            case 1:
                launch.Run<KernelNumber>(gpu);
                break;
            case 4:
                launch.Run<Lanes4>(gpu);
                break;
            case 8:
                launch.Run<Lanes8>(gpu);
                break;
            case 32:
                launch.Run<Lanes32>(gpu);
                break;
            default:
                launch.Run<Lanes16>(gpu);
                break;
        }
    }
}

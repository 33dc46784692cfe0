using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>A kernel that processes one row a team, written once for all kinds of team.</summary>
public interface IRowKernel
{
    /// <summary>The code of each thread of the team of row <see cref="Grid.IdxX"/>.</summary>
    /// <typeparam name="TTeam">The kind of team that the device has.</typeparam>
    void Run<TTeam>() where TTeam : struct, IRowTeam;
}

/// <summary>Launches of row kernels.</summary>
public static class RowLaunch
{
    /// <summary>Launches a kernel with one team a row, of the kind that suits the device.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="rows">How many rows, and so teams.</param>
    /// <param name="kernel">The kernel with its operands.</param>
    public static void LaunchRows<TKernel>(this IlgpuDevice gpu, int rows, TKernel kernel) where TKernel : struct, IRowKernel
    {
        if (gpu.Family == KernelFamily.Direct)
        {
            Launch<LaneTeam, TKernel>(gpu, rows, kernel);
        }
        else if (gpu.HasSmallGroups)
        {
            Launch<GroupTeam<Group16>, TKernel>(gpu, rows, kernel);
        }
        else
        {
            Launch<GroupTeam<Group128>, TKernel>(gpu, rows, kernel);
        }
    }

    private static void Launch<TTeam, TKernel>(IlgpuDevice gpu, int rows, TKernel kernel)
        where TTeam : struct, IRowTeam where TKernel : struct, IRowKernel =>
        gpu.Launch(new KernelConfig(rows, TTeam.Size), new OfTeam<TTeam, TKernel>(kernel));

    internal readonly struct OfTeam<TTeam, TKernel>(TKernel kernel) : IKernelAdapter<TKernel>
        where TTeam : struct, IRowTeam where TKernel : struct, IRowKernel
    {
        public void Run() => kernel.Run<TTeam>();
    }
}

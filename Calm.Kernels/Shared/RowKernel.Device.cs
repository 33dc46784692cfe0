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

/// <summary>
/// A row kernel that never adds up nor compares across its team, so that teams of any size give the same bits: their size is
/// tuned.
/// </summary>
internal interface IPlainRowKernel : IRowKernel;

/// <summary>A kernel of groups of threads, written once for all sizes of groups.</summary>
public interface IGroupKernel
{
    /// <summary>The code of each thread of a group.</summary>
    /// <typeparam name="TGroup">The size of groups that the device has.</typeparam>
    void Run<TGroup>() where TGroup : struct, IGroupSize;
}

/// <summary>Launches of row kernels and group kernels.</summary>
public static class RowLaunch
{
    /// <summary>Launches a kernel with one team a row, of the kind that suits the device.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="rows">Number of rows, and so of teams.</param>
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
        else if (gpu.Limits.Threads < Group128.Size)
        {
            Launch<GroupTeam<Group64>, TKernel>(gpu, rows, kernel);
        }
        else
        {
            Launch<GroupTeam<Group128>, TKernel>(gpu, rows, kernel);
        }
    }

    private static void Launch<TTeam, TKernel>(IlgpuDevice gpu, int rows, TKernel kernel)
        where TTeam : struct, IRowTeam where TKernel : struct, IRowKernel =>
        gpu.Launch(new KernelConfig(rows, TTeam.Size), new OfTeam<TTeam, TKernel>(kernel));

    /// <summary>Launches a kernel with one team a row, of a size that tuning may change.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="rows">Number of rows, and so of teams.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="kernel">The kernel with its operands.</param>
    internal static void LaunchPlainRows<TKernel>(this IlgpuDevice gpu, int rows, int columns, TKernel kernel)
        where TKernel : struct, IPlainRowKernel
    {
        switch (Tuning.Of(gpu).Choose(Team<TKernel>.Choice, SizeClass.Of(rows, columns), byDefault: 0))
        {
            case 64:
                Launch<GroupTeam<Group64>, TKernel>(gpu, rows, kernel);
                break;
            case 128:
                Launch<GroupTeam<Group128>, TKernel>(gpu, rows, kernel);
                break;
            case 256:
                Launch<GroupTeam<Group256>, TKernel>(gpu, rows, kernel);
                break;
            default:
                gpu.LaunchRows(rows, kernel);
                break;
        }
    }

    private static class Team<TKernel> where TKernel : struct, IPlainRowKernel
    {
        public static readonly Choice Choice = new(ChoiceKinds.Team, KernelName.Of(typeof(TKernel)));
    }

    /// <summary>Launches a kernel in groups of 128 threads, or of 64 or 16 where the device allows no larger ones.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="groups">Size of the grid.</param>
    /// <param name="kernel">The kernel with its operands.</param>
    public static void LaunchGroups<TKernel>(this IlgpuDevice gpu, Index3D groups, TKernel kernel)
        where TKernel : struct, IGroupKernel
    {
        if (gpu.HasSmallGroups)
        {
            Launch<Group16, TKernel>(gpu, groups, kernel);
        }
        else if (gpu.Limits.Threads < Group128.Size)
        {
            Launch<Group64, TKernel>(gpu, groups, kernel);
        }
        else
        {
            Launch<Group128, TKernel>(gpu, groups, kernel);
        }
    }

    private static void Launch<TGroup, TKernel>(IlgpuDevice gpu, Index3D groups, TKernel kernel)
        where TGroup : struct, IGroupSize where TKernel : struct, IGroupKernel =>
        gpu.Launch(new KernelConfig(groups, new Index3D(TGroup.Size, 1, 1)), new OfGroup<TGroup, TKernel>(kernel));

    internal readonly struct OfTeam<TTeam, TKernel>(TKernel kernel) : IKernelAdapter<TKernel>
        where TTeam : struct, IRowTeam where TKernel : struct, IRowKernel
    {
        public void Run() => kernel.Run<TTeam>();
    }

    internal readonly struct OfGroup<TGroup, TKernel>(TKernel kernel) : IKernelAdapter<TKernel>
        where TGroup : struct, IGroupSize where TKernel : struct, IGroupKernel
    {
        public void Run() => kernel.Run<TGroup>();
    }
}

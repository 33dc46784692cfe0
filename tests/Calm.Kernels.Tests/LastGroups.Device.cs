using Calm.Runtime;
using ILGPU;
using ILGPU.IR.Intrinsics;

namespace Calm.Kernels.Tests;

/// <summary>
/// Runs only the last groups of each launch, on the emulator. So the arithmetic of a grid of 2^31 threads is tried in moments,
/// in memory that the system need not really have: what no group touches takes none.
/// </summary>
internal sealed class LastGroups(IlgpuDevice gpu) : ILaunchProbe
{
    // Heads of the last sequence.
    private const int MostColumns = 4;

    // The last groups lie behind the last row if rows come in layers, up to one for each layer.
    private const int MostCutOff = 66;

    public void Launch<TKernel>(KernelConfig config, TKernel kernel) where TKernel : struct, IKernel
    {
        Index3D grid = config.GridDim;
        gpu.Probe = null;
        long layers = (long)grid.Y * grid.Z;
        for (long layer = Math.Max(0, layers - (grid.Z > 1 ? MostCutOff : 1)); layer < layers; layer++)
        {
            for (int x = Math.Max(0, grid.X - (grid.Y > 1 ? 2 : MostColumns)); x < grid.X; x++)
            {
                Index3D group = new(x, (int)(layer % grid.Y), (int)(layer / grid.Y));
                gpu.Launch(
                    new KernelConfig(new Index3D(1, 1, 1), config.GroupDim), new GroupAt<TKernel>(kernel, group, grid));
            }
        }

        gpu.Probe = this;
    }

    internal readonly struct GroupAt<TKernel>(TKernel kernel, Index3D group, Index3D grid) : IKernelAdapter<TKernel>
        where TKernel : struct, IKernel
    {
        public void Run()
        {
            Place.Move(group.X, group.Y, group.Z, grid.X, grid.Y, grid.Z);
            kernel.Run();
        }
    }

    /// <summary>The place of a thread, which the emulator keeps to itself.</summary>
    private static class Place
    {
        private static readonly Type Thread = TypeOf("CPURuntimeThreadContext");
        private static readonly Type Group = TypeOf("CPURuntimeGroupContext");

        /// <summary>Moves the calling thread to another group of another grid.</summary>
        [IntrinsicImplementation]
        public static void Move(int x, int y, int z, int columns, int rows, int layers)
        {
            Set(Thread, "GridIndex", new Index3D(x, y, z));
            Set(Group, "GridDimension", new Index3D(columns, rows, layers));
        }

        private static void Set(Type type, string property, Index3D value) =>
            type.GetProperty(property)!.SetValue(type.GetProperty("Current")!.GetValue(null), value);

        private static Type TypeOf(string name) =>
            typeof(Context).Assembly.GetType($"ILGPU.Runtime.CPU.{name}", throwOnError: true)!;
    }
}

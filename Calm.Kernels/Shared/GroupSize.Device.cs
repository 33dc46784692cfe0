using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Threads of a group as a compile-time constant, so that shared memory and loops over it have fixed sizes.</summary>
public interface IGroupSize
{
    /// <summary>A power of two.</summary>
    static abstract int Size { get; }
}

/// <summary>The group of the emulator, whose threads are the system's, and of CPUs, where it fills a register.</summary>
public readonly struct Group16 : IGroupSize
{
    /// <inheritdoc/>
    public static int Size => 16;
}

/// <summary>The group on GPUs that allow no larger one.</summary>
public readonly struct Group64 : IGroupSize
{
    /// <inheritdoc/>
    public static int Size => 64;
}

/// <summary>The usual group on GPUs.</summary>
public readonly struct Group128 : IGroupSize
{
    /// <inheritdoc/>
    public static int Size => 128;
}

/// <summary>A large group, for teams that add nothing up.</summary>
internal readonly struct Group256 : IGroupSize
{
    public static int Size => 256;
}

/// <summary>Sums over a group.</summary>
public static class GroupSum
{
    /// <summary>
    /// The sum of <paramref name="value"/> over the group, in every thread: a tree in shared memory, the same order and
    /// so the same bits on every run. All threads of the group must call it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of<TGroup>(float value, ArrayView<float> shared) where TGroup : struct, IGroupSize
    {
        int thread = Group.IdxX;
        shared[thread] = value;
        KernelGroup.Barrier();
        for (int half = TGroup.Size / 2; half > 0; half /= 2)
        {
            if (thread < half)
            {
                shared[thread] += shared[thread + half];
            }

            KernelGroup.Barrier();
        }

        float sum = shared[0];
        KernelGroup.Barrier(); // the next sum may overwrite shared[0] only after all have read it
        return sum;
    }
}

/// <summary>Launch sizes.</summary>
public static class Launch
{
    // CUDA's grids have at most 65535 groups in their second and third direction.
    private const int MostRowsPerLayer = 1 << 15;

    /// <summary>One thread an item, in groups of the device's usual size; <see cref="ItemLaunch"/> has tuned ones.</summary>
    public static KernelConfig Items(IlgpuDevice gpu, long items) => ItemsIn(items, GroupOf(gpu));

    /// <summary>One thread an element of a matrix, whose <see cref="MatrixPlace"/> tells it which.</summary>
    public static KernelConfig Matrix(IlgpuDevice gpu, int rows, int columns) => MatrixIn(rows, columns, GroupOf(gpu));

    /// <summary>One thread an item.</summary>
    internal static KernelConfig ItemsIn(long items, int group) =>
        new(checked((int)Math.Max(1, (items + group - 1) / group)), group);

    /// <summary>One thread an element of a matrix.</summary>
    internal static KernelConfig MatrixIn(int rows, int columns, int group)
    {
        int layers = (rows + MostRowsPerLayer - 1) / MostRowsPerLayer;
        return new KernelConfig(
            new Index3D((columns + group - 1) / group, (rows + layers - 1) / layers, layers), new Index3D(group, 1, 1));
    }

    /// <summary>Threads of a group unless tuning found others.</summary>
    /// <remarks>Groups of 16 would leave a CPU's calls of groups as dear as what they compute.</remarks>
    internal static int GroupOf(IlgpuDevice gpu) =>
        gpu.Family == KernelFamily.Direct ? Group64.Size
        : gpu.HasSmallGroups ? Group16.Size
        : gpu.Limits.Threads < Group128.Size ? Group64.Size
        : Group128.Size;
}

/// <summary>
/// The element of a thread in a <see cref="Launch.Matrix"/>. A group lies within a row and no thread divides: a CPU's compiler
/// sees that neighbouring threads have neighbouring elements.
/// </summary>
public readonly struct MatrixPlace
{
    /// <summary>Finds the element of the calling thread.</summary>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Columns of the matrix.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MatrixPlace(int rows, int columns)
    {
        Row = Grid.IdxZ * Grid.DimY + Grid.IdxY;
        Column = Grid.IdxX * Group.DimX + Group.IdxX;
        IsInside = Column < columns && Row < rows;
    }

    /// <summary>Its row.</summary>
    public int Row { get; }

    /// <summary>Its column.</summary>
    public int Column { get; }

    /// <summary>Whether there is such an element: the last threads of a row, or the last rows, may have none.</summary>
    public bool IsInside { get; }
}

using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Launches of kernels with one thread an item. Their bits are the same in groups of any size, which is tuned.</summary>
public static class ItemLaunch
{
    /// <summary>Launches a kernel with one thread an item, counted by its index in the grid.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="items">Number of items.</param>
    /// <param name="kernel">The kernel with its operands; it does nothing for threads beyond the last item.</param>
    public static void LaunchItems<TKernel>(this IlgpuDevice gpu, long items, TKernel kernel) where TKernel : struct, IKernel =>
        gpu.Launch(Launch.ItemsIn(items, Threads<TKernel>.For(gpu, SizeClass.Of(items))), kernel);

    /// <summary>Launches a kernel with one thread an element of a matrix, told by its <see cref="MatrixPlace"/>.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="kernel">The kernel with its operands.</param>
    public static void LaunchMatrix<TKernel>(this IlgpuDevice gpu, int rows, int columns, TKernel kernel)
        where TKernel : struct, IKernel =>
        gpu.Launch(Launch.MatrixIn(rows, columns, Threads<TKernel>.For(gpu, SizeClass.Of(rows, columns))), kernel);

    private static class Threads<TKernel> where TKernel : struct, IKernel
    {
        private static readonly Choice Choice = new(ChoiceKinds.Threads, KernelName.Of(typeof(TKernel)), Refusal);

        public static int For(IlgpuDevice gpu, SizeClass size) =>
            Tuning.Of(gpu).Choose(Choice, size, Launch.GroupOf(gpu));

        private static string? Refusal(IlgpuDevice gpu, int threads) =>
            gpu.NeedsOf<TKernel>().MostThreads is var most && most < threads
                ? $"needs groups of {threads} threads, the kernel has at most {most}"
                : null;
    }
}

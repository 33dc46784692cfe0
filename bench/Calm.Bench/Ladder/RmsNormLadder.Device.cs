using System.Runtime.CompilerServices;
using Calm.Kernels;
using Calm.Runtime;
using ILGPU;
using Lanes16 = Calm.Runtime.LanePair<
    Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>>>;
using Lanes4 = Calm.Runtime.LanePair<Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>>;

namespace Calm.Bench;

/// <summary>
/// The worked example of docs/kernels.md: y[r, c] = weight[c] * x[r, c] / sqrt(mean_c(x[r, c]^2) + epsilon), from one thread a
/// row to <see cref="RmsNorm"/>. Every version fits every device; which one is fast is another matter.
/// </summary>
internal static class RmsNormLadder
{
    private const float Epsilon = 1e-6f;

    /// <summary>The ladder, timed at 4 MB, which last caches of CPUs and GPUs hold, and at 134 MB, which few hold.</summary>
    public static Ladder Create() => new(
        nameof(RmsNorm), [.. new RmsNormCases().All()], [RmsNormCases.Of(2048, 256), RmsNormCases.Of(16384, 1024)],
        new Rung("copy", (tape, x) => Copy(x[0], Output(tape, x))),
        [
            new Rung("a thread a row", (tape, x) => ThreadARow(x[0], x[1], Output(tape, x))),
            new Rung("a group a row", (tape, x) => GroupARow(x[0], x[1], Output(tape, x))),
            new Rung("a group a row, quads", (tape, x) => QuadsARow(x[0], x[1], Output(tape, x))),
            new Rung("a thread a row, 16 lanes", (tape, x) => LanesARow(x[0], x[1], Output(tape, x))),
            new Rung("in use", (tape, x) => RmsNorm.Apply(tape, x[0], x[1], Epsilon)),
        ]);

    private static Tensor Output(Tape tape, Tensor[] x) => tape.Rent(x[0].Shape, nameof(RmsNormLadder));

    private static Tensor Copy(Tensor x, Tensor y)
    {
        x.Gpu().LaunchRows(x.Rows, new CopyKernel(x.View(), y.View(), x.Columns));
        return y;
    }

    private static Tensor ThreadARow(Tensor x, Tensor weight, Tensor y)
    {
        x.Gpu().Launch(
            Launch.Items(x.Gpu(), x.Rows),
            new ThreadARowKernel(x.View(), weight.View(), y.View(), x.Rows, x.Columns, Epsilon));
        return y;
    }

    private static Tensor GroupARow(Tensor x, Tensor weight, Tensor y)
    {
        x.Gpu().LaunchGroups(
            new Index3D(x.Rows, 1, 1), new GroupARowKernel(x.View(), weight.View(), y.View(), x.Columns, Epsilon));
        return y;
    }

    private static Tensor QuadsARow(Tensor x, Tensor weight, Tensor y)
    {
        if (x.Columns % Lanes4.Count != 0)
        {
            return GroupARow(x, weight, y);
        }

        x.Gpu().LaunchGroups(new Index3D(x.Rows, 1, 1), new QuadsARowKernel(
            x.View().Cast<Lanes4>(), weight.View().Cast<Lanes4>(), y.View().Cast<Lanes4>(), x.Columns / Lanes4.Count,
            Epsilon));
        return y;
    }

    private static Tensor LanesARow(Tensor x, Tensor weight, Tensor y)
    {
        x.Gpu().Launch(
            new KernelConfig(x.Rows, 1), new LanesARowKernel(x.View(), weight.View(), y.View(), x.Columns, Epsilon));
        return y;
    }

    /// <summary>The roof: the same bytes from memory and to memory, without arithmetic.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="y">Out, [R, C].</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: R teams.</remarks>
    internal readonly struct CopyKernel(ArrayView<float> x, ArrayView<float> y, int columns) : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam =>
            TTeam.Run(new Copied(x, y, (long)Grid.IdxX * columns), columns);
    }

    private readonly struct Copied(ArrayView<float> x, ArrayView<float> y, long row) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int place) => y[row + place] = x[row + place];
    }

    /// <summary>Version 1: the definition, one thread a row.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="weight">In, [C].</param>
    /// <param name="y">Out, [R, C].</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <remarks>
    /// Launch: one thread a row, any group size. Weakness: neighbouring threads read C floats apart, so that a
    /// GPU fetches a sector of 32 bytes for each float, and only R threads have work.
    /// </remarks>
    internal readonly struct ThreadARowKernel(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int rows, int columns, float epsilon) : IKernel
    {
        public void Run()
        {
            int r = Grid.GlobalIndex.X;
            if (r < rows)
            {
                long row = (long)r * columns;
                float sum = 0;
                for (int c = 0; c < columns; c++)
                {
                    sum += x[row + c] * x[row + c];
                }

                float rstd = 1 / MathF.Sqrt(sum / columns + epsilon);
                for (int c = 0; c < columns; c++)
                {
                    y[row + c] = x[row + c] * rstd * weight[c];
                }
            }
        }
    }

    /// <summary>Version 2: a group a row: neighbouring threads read neighbours, sums meet in shared memory.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="weight">In, [C].</param>
    /// <param name="y">Out, [R, C].</param>
    /// <param name="columns">C.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <remarks>
    /// Launch: R groups. Shared memory: one float a thread. What changed: a warp's 32 loads are one line of 128 bytes, and there
    /// are 128 times as many threads to wait for memory.
    /// </remarks>
    internal readonly struct GroupARowKernel(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int columns, float epsilon) : IGroupKernel
    {
        public void Run<TGroup>() where TGroup : struct, IGroupSize
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TGroup.Size);
            long row = (long)Grid.IdxX * columns;
            float sum = 0;
            for (int c = Group.IdxX; c < columns; c += TGroup.Size)
            {
                sum += x[row + c] * x[row + c];
            }

            float rstd = 1 / MathF.Sqrt(GroupSum.Of<TGroup>(sum, shared) / columns + epsilon);
            for (int c = Group.IdxX; c < columns; c += TGroup.Size)
            {
                y[row + c] = x[row + c] * rstd * weight[c];
            }
        }
    }

    /// <summary>Version 3: the same, four floats at a time.</summary>
    /// <param name="x">In, [R, Q], Q quads a row.</param>
    /// <param name="weight">In, [Q].</param>
    /// <param name="y">Out, [R, Q].</param>
    /// <param name="quads">Q.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <remarks>
    /// Launch: R groups; rows that are no whole number of quads go to version 2. Shared memory: one float a thread. What
    /// changed: a quarter of the load instructions and of the index arithmetic for the same bytes.
    /// </remarks>
    internal readonly struct QuadsARowKernel(
        ArrayView<Lanes4> x, ArrayView<Lanes4> weight, ArrayView<Lanes4> y, int quads, float epsilon) : IGroupKernel
    {
        public void Run<TGroup>() where TGroup : struct, IGroupSize
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TGroup.Size);
            long row = (long)Grid.IdxX * quads;
            float sum = 0;
            for (int q = Group.IdxX; q < quads; q += TGroup.Size)
            {
                Lanes4 v = x[row + q];
                sum += v.X * v.X + v.Y * v.Y + (v.Z * v.Z + v.W * v.W);
            }

            float meanSquare = GroupSum.Of<TGroup>(sum, shared) / (quads * Lanes4.Count);
            float rstd = 1 / MathF.Sqrt(meanSquare + epsilon);
            for (int q = Group.IdxX; q < quads; q += TGroup.Size)
            {
                y[row + q] = x[row + q] * Lanes4.Broadcast(rstd) * weight[q];
            }
        }
    }

    /// <summary>Version 4, for CPUs: version 1 with sixteen lanes that a thread brings itself.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="weight">In, [C].</param>
    /// <param name="y">Out, [R, C].</param>
    /// <param name="columns">C.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <remarks>
    /// Launch: R groups of one thread. Shared memory: 64 B. What changed: a CPU has no threads to spare and no warps; its
    /// compiler makes vector instructions of lanes, but not of a loop's running sum, whose order it may not change.
    /// </remarks>
    internal readonly struct LanesARowKernel(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int columns, float epsilon) : IKernel
    {
        public void Run()
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(Lanes16.Count);
            long row = (long)Grid.IdxX * columns;
            int whole = columns / Lanes16.Count * Lanes16.Count;
            Lanes16 squares = Lanes16.Broadcast(0);
            for (int c = 0; c < whole; c += Lanes16.Count)
            {
                Lanes16 v = Lanes16.Load(x, row + c);
                squares += v * v;
            }

            Lanes16.Store(squares, shared, 0);
            float sum = 0;
            for (int lane = 0; lane < Lanes16.Count; lane++)
            {
                sum += shared[lane];
            }

            for (int c = whole; c < columns; c++)
            {
                sum += x[row + c] * x[row + c];
            }

            float rstd = 1 / MathF.Sqrt(sum / columns + epsilon);
            for (int c = 0; c < columns; c++)
            {
                y[row + c] = x[row + c] * rstd * weight[c];
            }
        }
    }
}

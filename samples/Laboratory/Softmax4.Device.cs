using System.Runtime.CompilerServices;
using Calm.Kernels;
using Calm.Runtime;
using ILGPU;

namespace Laboratory;

/// <content>The kernel of step 2 with the short exponential.</content>
public static unsafe partial class Softmax4
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu) => gpu.LaunchRows(x.Rows, new ForwardKernel(x.View(), y.View(), x.Columns));
    }

    public readonly struct ForwardKernel(ArrayView<float> x, ArrayView<float> y, int columns) : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            long row = (long)Grid.IdxX * columns;
            float max = TTeam.Max(new RowNumber(x, row), columns, shared);
            float sum = TTeam.Sum(new Power(x, y, row, max), columns, shared);
            TTeam.Run(new Scaled(y, row, 1 / sum), columns);
        }
    }

    // A term of the row's sum; making it also stores it.
    private readonly struct Power(ArrayView<float> x, ArrayView<float> y, long row, float max) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) => y[row + c] = ShortExp.Of(new KernelNumber(x[row + c] - max)).Value;
    }

    private readonly struct Scaled(ArrayView<float> y, long row, float factor) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) => y[row + c] *= factor;
    }
}

using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels, one thread a pair of gate and up; operation by operation the host's loops.</content>
public static unsafe partial class SwiGlu
{
    private readonly partial struct Forward : IElementsWork
    {
        public void Run(IlgpuDevice gpu) => gpu.RunFor(y.ElementType, this);

        public void Run<TElements>(IlgpuDevice gpu) where TElements : struct, IElements<TElements>
        {
            if (y.Count > 0)
            {
                gpu.LaunchMatrix(
                    y.Rows, y.Columns,
                    new ForwardKernel<TElements>(TElements.Of(gateUp), TElements.Of(y), y.Rows, y.Columns));
            }
        }
    }

    private readonly partial struct Backward : IElementsWork
    {
        public void Run(IlgpuDevice gpu) => gpu.RunFor(gateUp.ElementType, this);

        public void Run<TElements>(IlgpuDevice gpu) where TElements : struct, IElements<TElements>
        {
            if (dy.Count > 0)
            {
                gpu.LaunchMatrix(dy.Rows, dy.Columns, new BackwardKernel<TElements>(
                    TElements.Of(gateUp), dy.View(), dGateUp.Tensor.View(), dy.Rows, dy.Columns, dGateUp.Accumulate ? 1 : 0));
            }
        }
    }

    /// <summary>y[r, c] = silu(gateUp[r, c]) * gateUp[r, C + c].</summary>
    /// <param name="gateUp">In, [R, 2 C].</param>
    /// <param name="y">Out, [R, C].</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of y. Bound by bandwidth: reads 2 R C floats, writes R C.</remarks>
    internal readonly struct ForwardKernel<TElements>(TElements gateUp, TElements y, int rows, int columns) : IKernel
        where TElements : struct, IElements<TElements>
    {
        public void Run()
        {
            MatrixPlace place = new(rows, columns);
            if (place.IsInside)
            {
                int c = place.Column;
                long row = (long)place.Row * columns;
                long gate = 2 * row + c;
                KernelNumber silu = default(Silu.Function).Value(new KernelNumber(gateUp.Load(gate)));
                y.Store(row + c, silu.Value * gateUp.Load(gate + columns));
            }
        }
    }

    /// <summary>dGate (+)= dy * up * silu'(gate), dUp (+)= dy * silu(gate).</summary>
    /// <param name="gateUp">In, [R, 2 C].</param>
    /// <param name="dy">In, [R, C].</param>
    /// <param name="dGateUp">In and out, [R, 2 C].</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <param name="accumulate">1 to add to dGateUp, 0 to overwrite it.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of dy. Bound by bandwidth: reads 3 R C floats, writes 2 R C.</remarks>
    internal readonly struct BackwardKernel<TElements>(
        TElements gateUp, ArrayView<float> dy, ArrayView<float> dGateUp, int rows, int columns, int accumulate)
        : IKernel
        where TElements : struct, IElements<TElements>
    {
        public void Run()
        {
            MatrixPlace place = new(rows, columns);
            if (place.IsInside)
            {
                int c = place.Column;
                long row = (long)place.Row * columns;
                long gate = 2 * row + c;
                long up = gate + columns;
                float upstream = dy[row + c];
                float x = gateUp.Load(gate);
                float s = KernelMath.Sigmoid(x);
                float silu = x * s;
                float gateGradient = upstream * gateUp.Load(up) * KernelMath.FusedMultiplyAdd(silu, 1 - s, s);
                float upGradient = upstream * silu;
                dGateUp[gate] = accumulate != 0 ? dGateUp[gate] + gateGradient : gateGradient;
                dGateUp[up] = accumulate != 0 ? dGateUp[up] + upGradient : upGradient;
            }
        }
    }
}

using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element; formulas are the host's.</content>
internal readonly partial struct MapWork<TFormula, TPass>
{
    public void Run(IlgpuDevice gpu)
    {
        Tensor output = target.Tensor;
        (int rows, int columns) = IsFlat ? (1, checked((int)output.Count)) : (output.Rows, output.Columns);
        if (output.Count > 0)
        {
            gpu.Launch(Launch.Matrix(gpu, rows, columns), new Map.ElementKernel<TFormula, TPass>(
                formula, new KernelElements(x, y, dy), output.View(), rows, columns, target.Accumulate ? 1 : 0));
        }
    }
}

/// <content>The kernel's name: Map and the function.</content>
public static partial class Map
{
    /// <summary>output[r, c] (+)= the pass's number of element (r, c).</summary>
    /// <param name="formula">The formula's constants.</param>
    /// <param name="x">In: operands, the value and its gradient.</param>
    /// <param name="output">In and out, [R, C]; may alias an operand.</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <param name="accumulate">1 to add to output, 0 to overwrite it.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of output. Bound by bandwidth: reads each operand once.</remarks>
    internal readonly struct ElementKernel<TFormula, TPass>(
        TFormula formula, KernelElements x, ArrayView<float> output, int rows, int columns, int accumulate) : IKernel
        where TFormula : unmanaged, IFormula where TPass : struct, IPass
    {
        public void Run()
        {
            MatrixPlace place = new(rows, columns);
            if (place.IsInside)
            {
                long at = (long)place.Row * columns + place.Column;
                float value = x.At<TFormula, TPass>(formula, place.Row, place.Column);
                output[at] = accumulate != 0 ? output[at] + value : value;
            }
        }
    }
}

/// <summary>Everything that a pass over a formula may read.</summary>
internal readonly struct KernelElements
{
    private readonly KernelOperand _a;
    private readonly KernelOperand _b;
    private readonly KernelOperand _c;
    private readonly KernelOperand _d;
    private readonly KernelOperand _y;
    private readonly KernelOperand _dy;

    /// <summary>The tensors as kernels see them.</summary>
    public KernelElements(MapOperands x, MapOperand y, MapOperand dy) =>
        (_a, _b, _c, _d, _y, _dy) = (new(x.A), new(x.B), new(x.C), new(x.D), new(y), new(dy));

    /// <summary>The pass's number of element (r, c).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float At<TFormula, TPass>(TFormula formula, int r, int c)
        where TFormula : unmanaged, IFormula where TPass : struct, IPass =>
        TPass.Of(
            formula,
            TPass.IsBackward ? _a.At(r, c) : _a.OfAll(r, c),
            TFormula.Operands > 1 ? _b.At(r, c) : default,
            TFormula.Operands > 2 ? _c.At(r, c) : default,
            TFormula.Operands > 3 ? _d.At(r, c) : default,
            TPass.IsBackward ? _y.At(r, c) : default,
            TPass.IsBackward ? _dy.At(r, c) : default).Value;

    private readonly struct KernelOperand
    {
        private readonly ArrayView<float> _elements;
        private readonly int _rowStep;
        private readonly int _columnStep;

        public KernelOperand(MapOperand operand) =>
            (_elements, _rowStep, _columnStep) = (operand.Tensor.View(), operand.RowStep, operand.ColumnStep);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public KernelNumber OfAll(int r, int c) => new(_elements[(long)r * _rowStep + c]);

        // A choice, where a product would hide from a CPU's compiler that neighbouring threads have neighbouring elements.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public KernelNumber At(int r, int c) =>
            new(_columnStep != 0 ? _elements[(long)r * _rowStep + c] : _elements[(long)r * _rowStep]);
    }
}

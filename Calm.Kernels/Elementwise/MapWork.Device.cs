using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element; formulas are the host's.</content>
internal readonly partial struct MapWork<TFormula, TPass> : IElementsWork
{
    public void Run(IlgpuDevice gpu) => gpu.RunFor(x.A.Tensor.ElementType, this);

    public void Run<TElements>(IlgpuDevice gpu) where TElements : struct, IElements<TElements>
    {
        if (TPass.IsBackward)
        {
            Run<TElements, FloatElements>(gpu);
        }
        else
        {
            Run<TElements, TElements>(gpu);
        }
    }

    private void Run<TElements, TOutput>(IlgpuDevice gpu)
        where TElements : struct, IElements<TElements>
        where TOutput : struct, IElements<TOutput>
    {
        Tensor output = target.Tensor;
        (int rows, int columns) = IsFlat ? (1, checked((int)output.Count)) : (output.Rows, output.Columns);
        if (output.Count > 0)
        {
            gpu.LaunchMatrix(rows, columns, new Map.ElementKernel<TFormula, TPass, TElements, TOutput>(
                formula, new KernelElements<TElements>(x, y, dy), TOutput.Of(output), rows, columns,
                target.Accumulate ? 1 : 0));
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
    internal readonly struct ElementKernel<TFormula, TPass, TElements, TOutput>(
        TFormula formula, KernelElements<TElements> x, TOutput output, int rows, int columns, int accumulate) : IKernel
        where TFormula : unmanaged, IFormula where TPass : struct, IPass
        where TElements : struct, IElements<TElements> where TOutput : struct, IElements<TOutput>
    {
        public void Run()
        {
            MatrixPlace place = new(rows, columns);
            if (place.IsInside)
            {
                long at = (long)place.Row * columns + place.Column;
                float value = x.At<TFormula, TPass>(formula, place.Row, place.Column);
                output.Store(at, accumulate != 0 ? output.Load(at) + value : value);
            }
        }
    }
}

/// <summary>Everything that a pass over a formula may read: operands and value of one type, and the value's gradient.</summary>
internal readonly struct KernelElements<TElements> where TElements : struct, IElements<TElements>
{
    private readonly KernelOperand<TElements> _a;
    private readonly KernelOperand<TElements> _b;
    private readonly KernelOperand<TElements> _c;
    private readonly KernelOperand<TElements> _d;
    private readonly KernelOperand<TElements> _y;
    private readonly KernelOperand<FloatElements> _dy;

    /// <summary>The tensors as kernels see them.</summary>
    public KernelElements(MapOperands x, MapOperand y, MapOperand dy)
    {
        (_a, _b, _c, _d, _y) = (Of(x.A), Of(x.B), Of(x.C), Of(x.D), Of(y));

        // Passes forward have no gradient, only a stand-in for it.
        Tensor? gradient = dy.Tensor.ElementType == ElementType.Float32 ? dy.Tensor : null;
        _dy = new(new FloatElements(gradient.ViewOr(dy.Tensor)), dy);
    }

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

    private static KernelOperand<TElements> Of(MapOperand operand) => new(TElements.Of(operand.Tensor), operand);

    private readonly struct KernelOperand<T> where T : struct, IElements<T>
    {
        private readonly T _elements;
        private readonly int _rowStep;
        private readonly int _columnStep;

        public KernelOperand(T elements, MapOperand operand) =>
            (_elements, _rowStep, _columnStep) = (elements, operand.RowStep, operand.ColumnStep);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public KernelNumber OfAll(int r, int c) => new(_elements.Load((long)r * _rowStep + c));

        // A choice, where a product would hide from a CPU's compiler that neighbouring threads have neighbouring elements.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public KernelNumber At(int r, int c) =>
            new(_elements.Load(_columnStep != 0 ? (long)r * _rowStep + c : (long)r * _rowStep));
    }
}

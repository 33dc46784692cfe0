using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The numbers that a pass over a formula makes.</summary>
internal interface IPass
{
    /// <summary>Whether it goes backward.</summary>
    static abstract bool IsBackward { get; }

    /// <summary>One of them.</summary>
    /// <param name="formula">The formula.</param>
    /// <param name="a">First operand.</param>
    /// <param name="b">Second operand.</param>
    /// <param name="c">Third operand.</param>
    /// <param name="d">Fourth operand.</param>
    /// <param name="y">The formula's value; for passes backward.</param>
    /// <param name="dy">Its gradient; for passes backward.</param>
    static abstract TLanes Of<TFormula, TLanes>(
        TFormula formula, TLanes a, TLanes b, TLanes c, TLanes d, TLanes y, TLanes dy)
        where TFormula : unmanaged, IFormula where TLanes : unmanaged, IArithmetic<TLanes>;
}

/// <summary>The formula's value.</summary>
internal readonly struct ForwardPass : IPass
{
    public static bool IsBackward => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Of<TFormula, TLanes>(
        TFormula formula, TLanes a, TLanes b, TLanes c, TLanes d, TLanes y, TLanes dy)
        where TFormula : unmanaged, IFormula where TLanes : unmanaged, IArithmetic<TLanes> => formula.Value(a, b, c, d);
}

/// <summary>The gradient of an operand.</summary>
internal readonly struct BackwardPass<TOperand> : IPass where TOperand : struct, IOperand
{
    public static bool IsBackward => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Of<TFormula, TLanes>(
        TFormula formula, TLanes a, TLanes b, TLanes c, TLanes d, TLanes y, TLanes dy)
        where TFormula : unmanaged, IFormula where TLanes : unmanaged, IArithmetic<TLanes> =>
        formula.Derivative<TOperand, TLanes>(a, b, c, d, y) * dy;
}

using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A function of one to four numbers as the drivers see it: those that it does not have are undefined.</summary>
internal interface IFormula : IFunction
{
    /// <summary>The number of operands.</summary>
    static abstract int Operands { get; }

    /// <summary>The function's value.</summary>
    TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>The partial derivative with respect to an operand.</summary>
    TLanes Derivative<TOperand, TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y)
        where TOperand : struct, IOperand where TLanes : unmanaged, IArithmetic<TLanes>;
}

/// <summary>An operand's place as a type, so that loops and kernels choose no derivative while they run.</summary>
internal interface IOperand
{
    /// <summary>0 for the first.</summary>
    static abstract int Index { get; }
}

internal readonly struct OperandA : IOperand
{
    public static int Index => 0;
}

internal readonly struct OperandB : IOperand
{
    public static int Index => 1;
}

internal readonly struct OperandC : IOperand
{
    public static int Index => 2;
}

internal readonly struct OperandD : IOperand
{
    public static int Index => 3;
}

internal readonly struct Unary<TFunction>(TFunction f) : IFormula where TFunction : unmanaged, IUnaryFunction
{
    public static int Operands => 1;

    public static DerivativeReads DerivativeReads => TFunction.DerivativeReads;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d) where TLanes : unmanaged, IArithmetic<TLanes> =>
        f.Value(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Derivative<TOperand, TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y)
        where TOperand : struct, IOperand where TLanes : unmanaged, IArithmetic<TLanes> => f.Derivative(a, y);
}

internal readonly struct Binary<TFunction>(TFunction f) : IFormula where TFunction : unmanaged, IBinaryFunction
{
    public static int Operands => 2;

    public static DerivativeReads DerivativeReads => TFunction.DerivativeReads;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d) where TLanes : unmanaged, IArithmetic<TLanes> =>
        f.Value(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Derivative<TOperand, TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y)
        where TOperand : struct, IOperand where TLanes : unmanaged, IArithmetic<TLanes> =>
        TOperand.Index == 0 ? f.DerivativeA(a, b, y) : f.DerivativeB(a, b, y);
}

internal readonly struct Ternary<TFunction>(TFunction f) : IFormula where TFunction : unmanaged, ITernaryFunction
{
    public static int Operands => 3;

    public static DerivativeReads DerivativeReads => TFunction.DerivativeReads;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d) where TLanes : unmanaged, IArithmetic<TLanes> =>
        f.Value(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Derivative<TOperand, TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y)
        where TOperand : struct, IOperand where TLanes : unmanaged, IArithmetic<TLanes> =>
        TOperand.Index == 0 ? f.DerivativeA(a, b, c, y)
        : TOperand.Index == 1 ? f.DerivativeB(a, b, c, y)
        : f.DerivativeC(a, b, c, y);
}

internal readonly struct Quaternary<TFunction>(TFunction f) : IFormula where TFunction : unmanaged, IQuaternaryFunction
{
    public static int Operands => 4;

    public static DerivativeReads DerivativeReads => TFunction.DerivativeReads;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d) where TLanes : unmanaged, IArithmetic<TLanes> =>
        f.Value(a, b, c, d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Derivative<TOperand, TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y)
        where TOperand : struct, IOperand where TLanes : unmanaged, IArithmetic<TLanes> =>
        TOperand.Index == 0 ? f.DerivativeA(a, b, c, d, y)
        : TOperand.Index == 1 ? f.DerivativeB(a, b, c, d, y)
        : TOperand.Index == 2 ? f.DerivativeC(a, b, c, d, y)
        : f.DerivativeD(a, b, c, d, y);
}

/// <summary>A formula whose value is not kept: derivatives that read it compute it again.</summary>
internal readonly struct Recomputed<TFormula>(TFormula formula) : IFormula where TFormula : unmanaged, IFormula
{
    public static int Operands => TFormula.Operands;

    public static DerivativeReads DerivativeReads =>
        TFormula.DerivativeReads == DerivativeReads.None ? DerivativeReads.None : DerivativeReads.Operands;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d) where TLanes : unmanaged, IArithmetic<TLanes> =>
        formula.Value(a, b, c, d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Derivative<TOperand, TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y)
        where TOperand : struct, IOperand where TLanes : unmanaged, IArithmetic<TLanes> =>
        formula.Derivative<TOperand, TLanes>(a, b, c, d, formula.Value(a, b, c, d));
}

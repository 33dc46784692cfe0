using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A function of one number with its derivative: all that an element-wise op says.</summary>
/// <remarks>
/// It is implemented by a readonly struct, whose fields are the op's constants, and written over
/// <see cref="IArithmetic{TSelf}"/>, so that host and devices compute the same. Give its methods
/// <c>[MethodImpl(MethodImplOptions.AggressiveInlining)]</c>. Example: <see cref="Gelu"/>.
/// </remarks>
public interface IUnaryFunction : IFunction
{
    /// <summary>y = f(x).</summary>
    TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>dy/dx.</summary>
    /// <param name="x">The operand.</param>
    /// <param name="y">f(x), for derivatives that are cheaper from it.</param>
    TLanes Derivative<TLanes>(TLanes x, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>;
}

/// <summary>A function of two numbers with its partial derivatives.</summary>
/// <inheritdoc cref="IUnaryFunction"/>
public interface IBinaryFunction : IFunction
{
    /// <summary>y = f(a, b).</summary>
    TLanes Value<TLanes>(TLanes a, TLanes b) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>dy/da.</summary>
    TLanes DerivativeA<TLanes>(TLanes a, TLanes b, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>dy/db.</summary>
    TLanes DerivativeB<TLanes>(TLanes a, TLanes b, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>;
}

/// <summary>A function of three numbers with its partial derivatives.</summary>
/// <inheritdoc cref="IUnaryFunction"/>
public interface ITernaryFunction : IFunction
{
    /// <summary>y = f(a, b, c).</summary>
    TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>dy/da.</summary>
    TLanes DerivativeA<TLanes>(TLanes a, TLanes b, TLanes c, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>dy/db.</summary>
    TLanes DerivativeB<TLanes>(TLanes a, TLanes b, TLanes c, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>dy/dc.</summary>
    TLanes DerivativeC<TLanes>(TLanes a, TLanes b, TLanes c, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>;
}

/// <summary>A function of four numbers with its partial derivatives.</summary>
/// <inheritdoc cref="IUnaryFunction"/>
public interface IQuaternaryFunction : IFunction
{
    /// <summary>y = f(a, b, c, d).</summary>
    TLanes Value<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>dy/da.</summary>
    TLanes DerivativeA<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>dy/db.</summary>
    TLanes DerivativeB<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>dy/dc.</summary>
    TLanes DerivativeC<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>dy/dd.</summary>
    TLanes DerivativeD<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes>;
}

/// <summary>Properties that functions of any number of operands have.</summary>
public interface IFunction
{
    /// <summary>The tensors that derivatives read; in place of others they get undefined numbers.</summary>
    static virtual DerivativeReads DerivativeReads => DerivativeReads.Operands;
}

/// <summary>Tensors that the derivatives of a function read.</summary>
[Flags]
public enum DerivativeReads
{
    /// <summary>Derivatives are constants.</summary>
    None = 0,

    /// <summary>The operands.</summary>
    Operands = 1,

    /// <summary>The function's value.</summary>
    Output = 2,
}

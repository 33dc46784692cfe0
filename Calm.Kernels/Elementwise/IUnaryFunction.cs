using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A function of one number with its derivative: all that an element-wise op needs to say.</summary>
internal interface IUnaryFunction
{
    /// <summary>The op's name.</summary>
    static abstract string Name { get; }

    /// <summary>f(x), lane by lane.</summary>
    static abstract TLanes Forward<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes>;

    /// <summary>f'(x), lane by lane.</summary>
    static abstract TLanes Derivative<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes>;
}

using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Runtime;

/// <summary>Elements in a device's memory, which kernels read and write as floats whatever their type.</summary>
public interface IElements<TSelf> where TSelf : struct, IElements<TSelf>
{
    /// <summary>Those of a device tensor.</summary>
    static abstract TSelf Of(Tensor tensor);

    /// <summary>An element as a float.</summary>
    float Load(long index);

    /// <summary>Writes an element, rounded to its type.</summary>
    void Store(long index, float value);
}

/// <summary>Elements of type <see cref="ElementType.Float32"/>.</summary>
public readonly struct FloatElements(ArrayView<float> view) : IElements<FloatElements>
{
    /// <inheritdoc/>
    public static FloatElements Of(Tensor tensor) => new(tensor.View());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Load(long index) => view[index];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(long index, float value) => view[index] = value;
}

/// <summary>Elements of type <see cref="ElementType.BFloat16"/>.</summary>
public readonly struct BFloat16Elements(ArrayView<ushort> view) : IElements<BFloat16Elements>
{
    /// <inheritdoc/>
    public static BFloat16Elements Of(Tensor tensor) => new(tensor.BFloat16View());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Load(long index) => BitConverter.Int32BitsToSingle(view[index] << 16);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(long index, float value) => view[index] = (ushort)(BFloat16.Round(value) >> 16);
}

/// <summary>Work whose kernels are compiled for each type of elements.</summary>
public interface IElementsWork
{
    /// <summary>Launches the kernels for a type of elements.</summary>
    void Run<TElements>(IlgpuDevice gpu) where TElements : struct, IElements<TElements>;
}

/// <summary>The choice of a type of elements.</summary>
public static class ElementsWork
{
    /// <summary>Launches work for floats or bfloat16 numbers.</summary>
    public static void RunFor<TWork>(this IlgpuDevice gpu, ElementType type, TWork work) where TWork : struct, IElementsWork
    {
        if (type == ElementType.BFloat16)
        {
            work.Run<BFloat16Elements>(gpu);
        }
        else
        {
            work.Run<FloatElements>(gpu);
        }
    }
}

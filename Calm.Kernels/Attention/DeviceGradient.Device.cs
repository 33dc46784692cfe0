using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Kernels;

/// <summary>The heads of a gradient, or nothing if it is not wanted, as a parameter of a kernel.</summary>
internal readonly struct DeviceGradient
{
    /// <summary>A gradient that is wanted.</summary>
    public DeviceGradient(DeviceHeads heads, bool accumulate)
    {
        Heads = heads;
        IsWanted = 1;
        Accumulate = accumulate ? 1 : 0;
    }

    /// <summary>One that is not; kernels need a view all the same.</summary>
    public DeviceGradient(DeviceHeads unused) => Heads = unused;

    /// <summary>The heads.</summary>
    public DeviceHeads Heads { get; }

    /// <summary>1 if it is written at all, or 0.</summary>
    public int IsWanted { get; }

    /// <summary>1 to add to what is there, 0 to overwrite it.</summary>
    public int Accumulate { get; }

    /// <summary>Writes a component of a head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int batch, int position, int head, int component, float value)
    {
        if (IsWanted != 0)
        {
            ArrayView<float> elements = Heads.Elements;
            long at = Heads.At(batch, position, head) + component;
            elements[at] = Accumulate != 0 ? elements[at] + value : value;
        }
    }
}

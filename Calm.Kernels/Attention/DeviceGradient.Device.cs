using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Where a gradient's heads are written, if they are, as a parameter of a kernel.</summary>
internal readonly struct DeviceGradient
{
    private readonly DeviceHeads _heads;
    private readonly int _isWanted;
    private readonly int _accumulate;

    /// <summary>A gradient that is wanted.</summary>
    public DeviceGradient(DeviceHeads heads, bool accumulate)
    {
        _heads = heads;
        _isWanted = 1;
        _accumulate = accumulate ? 1 : 0;
    }

    /// <summary>One that is not; kernels need a view all the same.</summary>
    public DeviceGradient(DeviceHeads unused) => _heads = unused;

    /// <summary>Writes a component of a head, or adds to what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(int batch, int position, int head, int component, float value)
    {
        if (_isWanted != 0)
        {
            ArrayView<float> elements = _heads.Elements;
            long at = _heads.At(batch, position, head) + component;
            elements[at] = _accumulate != 0 ? elements[at] + value : value;
        }
    }
}

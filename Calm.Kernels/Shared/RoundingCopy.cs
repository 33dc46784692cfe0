using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Copies values rounded to bfloat16 and kept as float32: the form of <see cref="Precision.BFloat16"/> without tensor cores.
/// </summary>
public static partial class RoundingCopy
{
    /// <summary>The values of <paramref name="x"/>, each rounded to the nearest bfloat16.</summary>
    /// <param name="tape">The step whose memory the copy is in.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="op">Name of the op that asks.</param>
    public static Tensor Of(Tape tape, Tensor x, string op)
    {
        Tensor y = tape.Rent(x.Shape, op);
        tape.Device.Run(new Copy(x, y));
        return y;
    }

    /// <summary>Rounds what a loop of the host has written, if that is to be <see cref="ElementType.BFloat16"/>.</summary>
    public static void InPlace(HostDevice host, Tensor y)
    {
        if (y.ElementType == ElementType.BFloat16)
        {
            host.Run(new Copy(y, y));
        }
    }

    private readonly partial struct Copy(Tensor x, Tensor y) : IDeviceWork;
}

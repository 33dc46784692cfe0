using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Cosine and sine of the angles p * theta^(-2k / headSize) for positions p and components k: computed in double, since
/// a float angle of some thousand radians has lost three digits. In the device's persistent memory; make a larger one
/// when sequences grow.
/// </summary>
public sealed class RotaryTable
{
    /// <summary>A table for positions 0 to <paramref name="positions"/> - 1.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="positions">Number of positions that it covers.</param>
    /// <param name="headSize">Components of a head, even.</param>
    /// <param name="theta">Base of the wavelengths.</param>
    /// <exception cref="ArgumentException">The head size is odd or not positive.</exception>
    public RotaryTable(Device device, int positions, int headSize, double theta = 10000)
    {
        Check.That(positions > 0, nameof(RotaryTable), "positions", positions, "at least 1");
        Check.That(
            headSize > 0 && headSize % 2 == 0, nameof(RotaryTable), "headSize", headSize, "a positive even number");
        Positions = positions;
        HeadSize = headSize;
        int pairs = headSize / 2;
        float[] cos = new float[positions * pairs];
        float[] sin = new float[positions * pairs];
        for (int i = 0; i < cos.Length; i++)
        {
            (double sine, double cosine) = Math.SinCos(i / pairs * Math.Pow(theta, -2.0 * (i % pairs) / headSize));
            cos[i] = (float)cosine;
            sin[i] = (float)sine;
        }

        Shape shape = new(positions, pairs);
        Cos = device.Persistent.Rent(shape, nameof(RotaryTable));
        Sin = device.Persistent.Rent(shape, nameof(RotaryTable));
        Cos.CopyFrom(cos);
        Sin.CopyFrom(sin);
    }

    /// <summary>Number of positions that it covers.</summary>
    public int Positions { get; }

    /// <summary>Components of a head.</summary>
    public int HeadSize { get; }

    /// <summary>Cosines, [positions, headSize / 2].</summary>
    internal Tensor Cos { get; }

    /// <summary>Sines, [positions, headSize / 2].</summary>
    internal Tensor Sin { get; }
}

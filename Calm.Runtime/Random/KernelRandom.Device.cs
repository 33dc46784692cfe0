using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Runtime;

/// <summary>
/// A <see cref="RandomStream"/> in a kernel: the same words, and so the same numbers, as on the host.
/// </summary>
public readonly struct KernelRandom
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly uint _key0;
    private readonly uint _key1;
    private readonly uint _step;
    private readonly uint _stream;

    /// <summary>A stream as a parameter of a kernel.</summary>
    public KernelRandom(RandomStream stream)
    {
        _key0 = (uint)stream.Seed;
        _key1 = (uint)(stream.Seed >> 32);
        _step = stream.Step;
        _stream = stream.Stream;
    }

    /// <summary>The four words of a block: those of the indices 4 * block to 4 * block + 3.</summary>
    [MethodImpl(Inline)]
    public KernelWords Block(ulong block)
    {
        // Written out, since a loop in a work item keeps OpenCL compilers for CPUs from making work items lanes.
        KernelWords words = new((uint)block, (uint)(block >> 32), _step, _stream);
        words = Round(words, 0);
        words = Round(words, 1);
        words = Round(words, 2);
        words = Round(words, 3);
        words = Round(words, 4);
        words = Round(words, 5);
        words = Round(words, 6);
        words = Round(words, 7);
        words = Round(words, 8);
        return Round(words, 9);
    }

    [MethodImpl(Inline)]
    private KernelWords Round(KernelWords words, uint round)
    {
        ulong product0 = (ulong)Philox.Multiplier0 * words.W0;
        ulong product1 = (ulong)Philox.Multiplier1 * words.W2;
        return new KernelWords(
            (uint)(product1 >> 32) ^ words.W1 ^ (_key0 + round * Philox.Weyl0), (uint)product1,
            (uint)(product0 >> 32) ^ words.W3 ^ (_key1 + round * Philox.Weyl1), (uint)product0);
    }

    /// <summary>The word of one index.</summary>
    [MethodImpl(Inline)]
    public uint Word(ulong index) => Block(index >> 2).At((int)(index & 3));

    /// <summary>A uniform number in [0, 1) from random bits: <see cref="RandomStream.Uniform"/>.</summary>
    [MethodImpl(Inline)]
    public static float Uniform(uint bits) => (int)(bits >> 8) * (1f / (1 << 24));

    /// <summary>A standard normal number from random bits: <see cref="NormalTable"/>.</summary>
    /// <param name="bits">One word.</param>
    /// <param name="table"><see cref="IlgpuDevice.NormalTable"/>.</param>
    [MethodImpl(Inline)]
    public static float Normal(uint bits, ArrayView<float> table)
    {
        KernelNumber word = KernelNumber.FromBits(bits);
        int at = (int)(NormalTable.Segment(word, out KernelNumber t).Bits << 2);
        return NormalTable.Evaluate(
            word, t, new KernelNumber(table[at]), new KernelNumber(table[at + 1]), new KernelNumber(table[at + 2]),
            new KernelNumber(table[at + 3])).Value;
    }
}

/// <summary>Four random words.</summary>
public readonly record struct KernelWords(uint W0, uint W1, uint W2, uint W3)
{
    /// <summary>The word of place 0, 1, 2 or 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint At(int place)
    {
        uint low = (place & 1) == 0 ? W0 : W1;
        uint high = (place & 1) == 0 ? W2 : W3;
        return (place & 2) == 0 ? low : high;
    }
}

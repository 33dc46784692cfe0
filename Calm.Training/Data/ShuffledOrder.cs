using System.Numerics;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A random permutation of 0 to count - 1, given by seed and epoch. Elements are computed one at a time, without storage.
/// </summary>
/// <remarks>
/// A Feistel network over Philox words permutes the smallest even number of bits that holds the count; a result outside
/// is put in again until it falls inside, at most four times on average, which leaves a permutation of the count
/// (cycle walking). Source: Black and Rogaway 2002, "Ciphers with arbitrary finite domains".
/// </remarks>
internal readonly struct ShuffledOrder
{
    // Four suffice to hide structure; more make the few orders of a tiny count come out evenly.
    private const int Rounds = 12;

    private readonly RandomStream _stream;
    private readonly int _halfBits;

    /// <summary>The order of one epoch.</summary>
    public ShuffledOrder(long count, ulong seed, uint epoch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1L << 62);
        Count = count;
        _stream = new RandomStream(seed, epoch, DataStreams.Order);
        _halfBits = Math.Max(1, (BitOperations.Log2((ulong)count - 1 | 1) + 2) / 2);
    }

    /// <summary>Length of the permutation.</summary>
    public long Count { get; }

    /// <summary>The element at a position.</summary>
    public long this[long place]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(place);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, Count);
            ulong value = (ulong)place;
            do
            {
                value = Permute(value);
            }
            while (value >= (ulong)Count);

            return (long)value;
        }
    }

    private ulong Permute(ulong value)
    {
        uint mask = (1u << _halfBits) - 1;
        uint left = (uint)(value >> _halfBits);
        uint right = (uint)value & mask;
        for (int round = 0; round < Rounds; round++)
        {
            uint word = _stream.Word(((ulong)round << 32) | right);
            (left, right) = (right, left ^ (word & mask));
        }

        return ((ulong)left << _halfBits) | right;
    }
}

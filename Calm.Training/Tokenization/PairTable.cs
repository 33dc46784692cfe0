namespace Calm.Training;

/// <summary>
/// A map from pairs of ids to numbers from 0 on, by open addressing with a hash that pairs cannot easily be made to share.
/// </summary>
internal sealed class PairTable
{
    private const int SmallestSlots = 16;

    // A slot's value plus one, or 0; at most half of the slots are taken.
    private ulong[] _pairs = new ulong[SmallestSlots];
    private int[] _values = new int[SmallestSlots];

    /// <summary>Number of pairs.</summary>
    public int Count { get; private set; }

    /// <summary>The number of a pair, or -1.</summary>
    public int Find(int left, int right)
    {
        ulong pair = Pair(left, right);
        int[] values = _values;
        for (int slot = Slot(pair); values[slot] != 0; slot = (slot + 1) & (values.Length - 1))
        {
            if (_pairs[slot] == pair)
            {
                return values[slot] - 1;
            }
        }

        return -1;
    }

    /// <summary>Adds a pair with its number, or gives it another one.</summary>
    /// <returns>Whether the pair is new.</returns>
    public bool Set(int left, int right, int value)
    {
        if (2 * (Count + 1) > _values.Length)
        {
            Grow();
        }

        ulong pair = Pair(left, right);
        int slot = Slot(pair);
        while (_values[slot] != 0 && _pairs[slot] != pair)
        {
            slot = (slot + 1) & (_values.Length - 1);
        }

        bool isNew = _values[slot] == 0;
        Count += isNew ? 1 : 0;
        (_pairs[slot], _values[slot]) = (pair, value + 1);
        return isNew;
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Slot(ulong pair)
    {
        const ulong multiplier = 0x9E3779B97F4A7C15;
        ulong high = Math.BigMul(pair ^ (pair >> 32), multiplier, out ulong low);
        return (int)((high ^ low) & (ulong)(_values.Length - 1));
    }

    private void Grow()
    {
        (ulong[] pairs, int[] values) = (_pairs, _values);
        _pairs = new ulong[checked(2 * pairs.Length)];
        _values = new int[_pairs.Length];
        for (int old = 0; old < values.Length; old++)
        {
            if (values[old] != 0)
            {
                int slot = Slot(pairs[old]);
                while (_values[slot] != 0)
                {
                    slot = (slot + 1) & (_values.Length - 1);
                }

                (_pairs[slot], _values[slot]) = (pairs[old], values[old]);
            }
        }
    }
}

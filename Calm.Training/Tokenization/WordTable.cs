using System.Runtime.InteropServices;

namespace Calm.Training;

/// <summary>A set of words, numbered in the order of insertion.</summary>
internal sealed class WordTable
{
    private const int SmallestCapacity = 1 << 10;

    // Open addressing: the number of a word plus one, or 0; at most half of the slots are taken.
    private int[] _slots = new int[2 * SmallestCapacity];
    private uint[] _hashes = new uint[SmallestCapacity];
    private int[] _ends = new int[SmallestCapacity];
    private byte[] _bytes = new byte[8 * SmallestCapacity];

    /// <summary>Number of words.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of a word.</summary>
    public ReadOnlySpan<byte> this[int word]
    {
        get
        {
            int start = word == 0 ? 0 : _ends[word - 1];
            return _bytes.AsSpan(start, _ends[word] - start);
        }
    }

    /// <summary>The number of a word, which is added if it is new.</summary>
    public int GetOrAdd(ReadOnlySpan<byte> word, out bool isNew)
    {
        uint hash = HashOf(word);
        int[] slots = _slots;
        int slot = (int)(hash & (uint)(slots.Length - 1));
        while (slots[slot] != 0)
        {
            int known = slots[slot] - 1;
            if (_hashes[known] == hash && this[known].SequenceEqual(word))
            {
                isNew = false;
                return known;
            }

            slot = (slot + 1) & (slots.Length - 1);
        }

        isNew = true;
        return Add(word, hash, slot);
    }

    /// <summary>The number of a word, or -1.</summary>
    public int Find(ReadOnlySpan<byte> word)
    {
        uint hash = HashOf(word);
        for (int slot = (int)(hash & (uint)(_slots.Length - 1)); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            int known = _slots[slot] - 1;
            if (_hashes[known] == hash && this[known].SequenceEqual(word))
            {
                return known;
            }
        }

        return -1;
    }

    /// <summary>Forgets all words.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        Count = 0;
    }

    private int Add(ReadOnlySpan<byte> word, uint hash, int slot)
    {
        int added = Count++;
        int start = added == 0 ? 0 : _ends[added - 1];
        int end = checked(start + word.Length);
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(end, 2L * _bytes.Length)));
        }

        word.CopyTo(_bytes.AsSpan(start));
        _slots[slot] = added + 1;
        _hashes[added] = hash;
        _ends[added] = end;
        if (Count == _hashes.Length)
        {
            Grow();
        }

        return added;
    }

    private void Grow()
    {
        Array.Resize(ref _hashes, 2 * _hashes.Length);
        Array.Resize(ref _ends, 2 * _ends.Length);
        _slots = new int[2 * _hashes.Length];
        for (int word = 0; word < Count; word++)
        {
            int slot = (int)(_hashes[word] & (uint)(_slots.Length - 1));
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            _slots[slot] = word + 1;
        }
    }

    // Eight bytes at a time through a multiply and a fold of its halves.
    private static uint HashOf(ReadOnlySpan<byte> word)
    {
        const ulong multiplier = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)word.Length;
        while (word.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(word));
            word = word[sizeof(ulong)..];
        }

        ulong rest = 0;
        foreach (byte value in word)
        {
            rest = (rest << 8) | value;
        }

        hash = Mix(hash ^ rest);
        return (uint)(hash ^ (hash >> 32));

        static ulong Mix(ulong value)
        {
            ulong high = Math.BigMul(value, multiplier, out ulong low);
            return high ^ low;
        }
    }
}

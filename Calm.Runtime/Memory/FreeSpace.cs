namespace Calm.Runtime;

/// <summary>The free gaps of one block, in ascending order; no two touch.</summary>
/// <param name="storage">The block.</param>
internal sealed class FreeSpace(Storage storage)
{
    private readonly List<(long Start, long End)> _gaps = [(0, storage.ByteCount)];

    /// <summary>The block.</summary>
    public Storage Storage => storage;

    /// <summary>Bytes from the start of the block to the last that was ever taken.</summary>
    public long Reached { get; private set; }

    /// <summary>Takes the first gap that is large enough: small pieces fill the gaps in front of large ones.</summary>
    /// <param name="bytes">The size to take.</param>
    /// <param name="offset">The first byte taken.</param>
    /// <returns>Whether there is such a gap.</returns>
    public bool TryTake(long bytes, out long offset)
    {
        for (int i = 0; i < _gaps.Count; i++)
        {
            (long start, long end) = _gaps[i];
            if (end - start >= bytes)
            {
                Shrink(i, start + bytes, end);
                Reached = Math.Max(Reached, start + bytes);
                offset = start;
                return true;
            }
        }

        offset = 0;
        return false;
    }

    /// <summary>Frees a piece.</summary>
    public void Give(long start, long bytes)
    {
        long end = start + bytes;
        int next = 0;
        while (next < _gaps.Count && _gaps[next].Start < end)
        {
            next++;
        }

        if (next < _gaps.Count && _gaps[next].Start == end)
        {
            end = _gaps[next].End;
            _gaps.RemoveAt(next);
        }

        if (next > 0 && _gaps[next - 1].End == start)
        {
            _gaps[next - 1] = (_gaps[next - 1].Start, end);
        }
        else
        {
            _gaps.Insert(next, (start, end));
        }
    }

    /// <summary>Frees the whole block.</summary>
    public void Clear()
    {
        _gaps.Clear();
        _gaps.Add((0, storage.ByteCount));
    }

    private void Shrink(int index, long start, long end)
    {
        if (start == end)
        {
            _gaps.RemoveAt(index);
        }
        else
        {
            _gaps[index] = (start, end);
        }
    }
}

namespace Calm.Runtime;

/// <summary>What is free in one block: gaps in ascending order, of which no two touch.</summary>
/// <param name="storage">The block.</param>
internal sealed class FreeSpace(Storage storage)
{
    private readonly List<(long Start, long End)> _gaps = [(0, storage.ByteCount)];

    /// <summary>The block.</summary>
    public Storage Storage => storage;

    /// <summary>Bytes from the start of the block to the last that was ever taken.</summary>
    public long Reached { get; private set; }

    /// <summary>Takes the first gap that is large enough: small pieces fill the gaps in front of large ones.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="offset">Where it begins.</param>
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

    /// <summary>Takes a piece back.</summary>
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

    /// <summary>All of it is free again.</summary>
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

namespace Calm.Runtime;

/// <summary>
/// Frees memory of a step before the step ends. Buffers rented since an op began are freed when the op has passed its gradient
/// on, since only later ops read them. Buffers rented during an op's backward pass are freed when it ends, except gradients
/// that other ops still need.
/// </summary>
/// <param name="arena">The step's memory.</param>
internal sealed class StepMemory(Arena arena)
{
    // Forward: how many ops had been recorded when it was rented. Ascending, so that what ends comes last.
    private readonly List<(Allocation Allocation, int Position)> _forward = [];
    private readonly List<Allocation> _backward = [];
    private bool _isBackward;

    /// <summary>Number of forward rents: for <see cref="ReleaseSince"/> and <see cref="ReleaseFrom"/>.</summary>
    public int Mark => _forward.Count;

    /// <summary>Notes a rent.</summary>
    public void Add(Allocation allocation, int position)
    {
        if (_isBackward)
        {
            _backward.Add(allocation);
        }
        else
        {
            _forward.Add((allocation, position));
        }
    }

    /// <summary>An op's way back begins, or, in the middle of one, a layer runs forward once more.</summary>
    /// <returns>The state to pass to <see cref="End"/>.</returns>
    public (bool Outer, int First) Begin(bool isBackward)
    {
        (bool, int) before = (_isBackward, _backward.Count);
        _isBackward = isBackward;
        return before;
    }

    /// <summary>It ends; what it rented on the way back goes, unless it holds a gradient.</summary>
    public void End((bool Outer, int First) before)
    {
        _isBackward = before.Outer;
        for (int i = before.First; i < _backward.Count; i++)
        {
            ReleaseUnlessHeld(_backward[i]);
        }

        _backward.RemoveRange(before.First, _backward.Count - before.First);
    }

    /// <summary>
    /// Releases what was rented from the time on when <paramref name="position"/> ops had been recorded, but for the first
    /// <paramref name="kept"/> rents.
    /// </summary>
    public void ReleaseFrom(int position, int kept)
    {
        while (_forward.Count > kept && _forward[^1].Position >= position)
        {
            ReleaseUnlessHeld(_forward[^1].Allocation);
            _forward.RemoveAt(_forward.Count - 1);
        }
    }

    /// <summary>Releases what was rented since a mark, but for results.</summary>
    public void ReleaseSince(int mark, ReadOnlySpan<Tensor> results)
    {
        int kept = mark;
        for (int i = mark; i < _forward.Count; i++)
        {
            if (IsAmong(results, _forward[i].Allocation))
            {
                _forward[kept++] = _forward[i];
            }
            else
            {
                ReleaseUnlessHeld(_forward[i].Allocation);
            }
        }

        _forward.RemoveRange(kept, _forward.Count - kept);
    }

    /// <summary>Releases what held a gradient that nobody reads any more.</summary>
    public void ReleaseUnlessHeld(Allocation allocation)
    {
        if (allocation is { IsValid: true, Holders: 0 })
        {
            arena.Release(allocation);
        }
    }

    /// <summary>Forgets everything: the step is over.</summary>
    public void Clear()
    {
        _forward.Clear();
        _backward.Clear();
    }

    private static bool IsAmong(ReadOnlySpan<Tensor> tensors, Allocation allocation)
    {
        foreach (Tensor tensor in tensors)
        {
            if (tensor.Allocation == allocation)
            {
                return true;
            }
        }

        return false;
    }
}

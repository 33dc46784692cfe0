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

    /// <summary>Adds a rented buffer.</summary>
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

    /// <summary>Begins an op's backward pass or, within one, a recomputed layer's forward pass.</summary>
    /// <returns>The state to pass to <see cref="End"/>.</returns>
    public (bool Outer, int First) Begin(bool isBackward)
    {
        (bool, int) before = (_isBackward, _backward.Count);
        _isBackward = isBackward;
        return before;
    }

    /// <summary>Ends the pass: frees the buffers rented during it, except gradients.</summary>
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
    /// Frees the buffers rented since <paramref name="position"/> ops had been recorded, except the first
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

    /// <summary>Frees the buffers rented since a mark, except the results.</summary>
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

    /// <summary>Frees a buffer if no gradient or reader holds it.</summary>
    public void ReleaseUnlessHeld(Allocation allocation)
    {
        if (allocation is { IsValid: true, Holders: 0 })
        {
            arena.Release(allocation);
        }
    }

    /// <summary>Forgets all rents at the end of a step.</summary>
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

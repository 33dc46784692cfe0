using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>Memory use of an arena by owner. Owners are the names that ops give when they rent.</summary>
public sealed class Ledger
{
    private readonly Dictionary<string, long> _byOwner = [];

    /// <summary>Bytes rented now.</summary>
    public long Used { get; private set; }

    /// <summary>The most bytes that were ever rented at once.</summary>
    public long Peak { get; private set; }

    /// <summary>Counts a rented piece.</summary>
    internal void Add(string owner, long bytes)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_byOwner, owner, out _) += bytes;
        Used += bytes;
        Peak = Math.Max(Peak, Used);
    }

    /// <summary>Counts a piece that was freed.</summary>
    internal void Remove(string owner, long bytes)
    {
        CollectionsMarshal.GetValueRefOrNullRef(_byOwner, owner) -= bytes;
        Used -= bytes;
    }

    /// <summary>Forgets all rents, not the peak. Owners keep their entries, so that a steady step allocates nothing.</summary>
    internal void Reset()
    {
        foreach (string owner in _byOwner.Keys)
        {
            CollectionsMarshal.GetValueRefOrNullRef(_byOwner, owner) = 0;
        }

        Used = 0;
    }

    /// <summary>The owners that hold the most memory, largest first.</summary>
    public IReadOnlyList<(string Owner, long Bytes)> Largest(int count) =>
        [.. _byOwner.OrderByDescending(entry => entry.Value).Take(count).Select(entry => (entry.Key, entry.Value))];
}

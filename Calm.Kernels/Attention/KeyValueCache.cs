using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Keys and values of the positions that one attention layer has seen, so that generation computes each position once.
/// All sequences of the batch have the same length.
/// </summary>
public sealed partial class KeyValueCache
{
    private const string Op = nameof(KeyValueCache);

    private readonly Arena _arena;

    /// <summary>An empty cache.</summary>
    /// <param name="arena">Provides the memory; an arena of its own gives it back when generation ends.</param>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="capacity">Positions to make room for; more make it grow.</param>
    /// <param name="keyValueHeads">Heads of keys and of values.</param>
    /// <param name="headSize">Components of a head.</param>
    public KeyValueCache(Arena arena, int batch, int capacity, int keyValueHeads, int headSize)
    {
        Check.That(batch > 0, Op, "batch", batch, "at least 1");
        Check.That(capacity > 0, Op, "capacity", capacity, "at least 1");
        Check.That(keyValueHeads > 0, Op, "keyValueHeads", keyValueHeads, "at least 1");
        Check.That(headSize > 0, Op, "headSize", headSize, "at least 1");
        _arena = arena;
        KeyValueHeads = keyValueHeads;
        HeadSize = headSize;
        Shape shape = new(batch, capacity, keyValueHeads * headSize);
        Keys = arena.Rent(shape, Op);
        Values = arena.Rent(shape, Op);
    }

    /// <summary>Number of sequences.</summary>
    public int Batch => Keys.Shape[0];

    /// <summary>Heads of keys and of values.</summary>
    public int KeyValueHeads { get; }

    /// <summary>Components of a head.</summary>
    public int HeadSize { get; }

    /// <summary>Positions that there is room for.</summary>
    public int Capacity => Keys.Shape[1];

    /// <summary>Number of positions held: the next one appended is at this position.</summary>
    public int Length { get; private set; }

    /// <summary>Keys as attention reads them, [batch, capacity, heads * headSize]; undefined behind Length.</summary>
    internal Tensor Keys { get; private set; }

    /// <summary>Values, in the layout of <see cref="Keys"/>.</summary>
    internal Tensor Values { get; private set; }

    /// <summary>Forgets the positions from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        Check.That(length >= 0 && length <= Length, Op, "the length to keep", length, $"0 to {Length}");
        Length = length;
    }

    /// <summary>
    /// Becomes a copy of the first positions of another cache, sequence by sequence: a branch that can be continued
    /// without changing the other.
    /// </summary>
    /// <param name="source">A cache of equal batch, heads and head size.</param>
    /// <param name="length">Number of positions.</param>
    public void CopyPrefix(KeyValueCache source, int length)
    {
        Check.That(source.Batch == Batch, Op, "the batch of the source", source.Batch, $"{Batch}");
        PrepareToCopy(source, length);
        for (int sequence = 0; sequence < Batch; sequence++)
        {
            CopySequence(source.Keys, source.Values, sequence, sequence);
        }
    }

    /// <summary>
    /// Makes every sequence a copy of the first positions of one sequence of another cache: as many branches as this
    /// has sequences.
    /// </summary>
    /// <param name="source">A cache of equal heads and head size.</param>
    /// <param name="sequence">Index of its sequence.</param>
    /// <param name="length">Number of positions.</param>
    public void RepeatPrefix(KeyValueCache source, int sequence, int length)
    {
        Check.That(sequence >= 0 && sequence < source.Batch, Op, "the sequence", sequence, $"0 to {source.Batch - 1}");
        PrepareToCopy(source, length);
        for (int target = 0; target < Batch; target++)
        {
            CopySequence(source.Keys, source.Values, sequence, target);
        }
    }

    /// <summary>Appends new positions.</summary>
    /// <param name="keys">Heads of keys, in columns of a [batch, positions, columns] tensor.</param>
    /// <param name="values">Heads of values, of as many positions.</param>
    internal void Append(Heads keys, Heads values)
    {
        int added = keys.Tensor.Shape[1];
        Reserve(checked(Length + added));
        Keys.Device.Run(new RowCopy(keys, Keys, Length));
        Keys.Device.Run(new RowCopy(values, Values, Length));
        Length += added;
    }

    private void PrepareToCopy(KeyValueCache source, int length)
    {
        Check.That(
            source.KeyValueHeads == KeyValueHeads, Op, "the number of heads of the source", source.KeyValueHeads,
            $"{KeyValueHeads}");
        Check.That(source.HeadSize == HeadSize, Op, "the head size of the source", source.HeadSize, $"{HeadSize}");
        Check.That(length >= 0 && length <= source.Length, Op, "the length to copy", length, $"0 to {source.Length}");
        Length = 0;
        Reserve(length);
        Length = length;
    }

    /// <summary>Makes room. The old memory stays with the arena, which doubling bounds by as much again.</summary>
    private void Reserve(int length)
    {
        if (length <= Capacity)
        {
            return;
        }

        (Tensor oldKeys, Tensor oldValues) = (Keys, Values);
        Shape shape = new(Batch, Math.Max(length, checked(2 * Capacity)), KeyValueHeads * HeadSize);
        Keys = _arena.Rent(shape, Op);
        Values = _arena.Rent(shape, Op);
        for (int sequence = 0; sequence < Batch && Length > 0; sequence++)
        {
            CopySequence(oldKeys, oldValues, sequence, sequence);
        }
    }

    /// <summary>Copies the first <see cref="Length"/> positions of one sequence.</summary>
    private void CopySequence(Tensor keys, Tensor values, int from, int to)
    {
        CopySequence(keys, from, Keys, to);
        CopySequence(values, from, Values, to);
    }

    private void CopySequence(Tensor source, int from, Tensor target, int to)
    {
        Shape positions = new(Length, source.Columns);
        Keys.Device.Copy(
            source.Slice((long)from * source.Shape[1] * source.Columns, positions),
            target.Slice((long)to * target.Shape[1] * target.Columns, positions));
    }

    /// <summary>Copies all rows of the source behind the first rows of a cache's sequences.</summary>
    private readonly partial struct RowCopy(Heads source, Tensor target, int length) : IDeviceWork;
}

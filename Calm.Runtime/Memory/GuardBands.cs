namespace Calm.Runtime;

/// <summary>
/// Known words on both sides of every tensor of an <see cref="Arena"/>. Writes outside a tensor are found afterwards, and
/// reads outside spoil the result. Tensors start as NaN (-1 as integers), which reveals elements that were never written or
/// were read too early. For verification only.
/// </summary>
internal sealed class GuardBands
{
    /// <summary>Words on each side: a multiple of every alignment, and more than a row of most tiles.</summary>
    private const int Band = 1024;

    private const int Unwritten = -1; // as a float a NaN

    private readonly List<(string Owner, Shape Shape, Tensor Banded, int Serial)> _protected = [];

    /// <summary>The shape to rent for a tensor with its bands.</summary>
    /// <param name="shape">The tensor's sizes.</param>
    /// <param name="elementSize">Bytes of one of its elements.</param>
    public static Shape Around(Shape shape, int elementSize) => new(
        checked((int)((shape.Count * elementSize + Tensor.ElementSize - 1) / Tensor.ElementSize) + 2 * Band));

    /// <summary>Writes the bands and gives the tensor between them.</summary>
    public Tensor Protect(Tensor banded, Shape shape, string owner, ElementType elementType)
    {
        int serial = _protected.Count;
        int[] words = new int[banded.Count];
        Array.Fill(words, Unwritten);
        for (int i = 0; i < Band; i++)
        {
            words[i] = Word(serial, i);
            words[^(i + 1)] = Word(serial, ~i);
        }

        banded.CopyFrom(words);
        _protected.Add((owner, shape, banded, serial));
        return new Tensor(banded.Allocation, banded.Offset + Band * Tensor.ElementSize, shape, elementType);
    }

    /// <summary>Returns a line for each tensor outside which an op wrote.</summary>
    public IReadOnlyList<string> Overruns()
    {
        List<string> overruns = [];
        foreach ((string owner, Shape shape, Tensor banded, int serial) in _protected)
        {
            int[] front = banded.Slice(0, new Shape(Band)).ToIntegerArray();
            int[] back = banded.Slice(banded.Count - Band, new Shape(Band)).ToIntegerArray();
            Report("before the start", i => front[^(i + 1)] == Word(serial, Band - 1 - i));
            Report("behind the end", i => back[i] == Word(serial, i - Band));

            void Report(string side, Func<int, bool> isWhole)
            {
                int[] broken = [.. Enumerable.Range(0, Band).Where(i => !isWhole(i))];
                if (broken.Length > 0)
                {
                    overruns.Add($"{broken.Length} elements written {side} of {owner} {shape}, the nearest {broken[0] + 1} away");
                }
            }
        }

        return overruns;
    }

    /// <summary>Forgets all tensors, before their memory is freed.</summary>
    public void Clear() => _protected.Clear();

    // A great float, which no maximum overlooks, and another at each place, so that no copy of one is taken for it.
    private static int Word(int serial, int place) => 0x7E000000 | (int)((uint)(serial * 4099 + place) * 2654435761 >> 9);
}

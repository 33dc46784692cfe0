namespace Calm.Runtime;

/// <summary>
/// Cache of packed weights: matrices in the order in which loops or kernels read them, for parameters that do not change.
/// Safe for several threads.
/// </summary>
/// <param name="arena">The arena that the packed weights are allocated from.</param>
/// <param name="mostElements">The most elements to keep; weights beyond that are not packed.</param>
public sealed class PackedWeightCache(Arena arena, long mostElements)
{
    private readonly Dictionary<Key, Tensor?> _made = [];
    private long _elements;

    /// <summary>
    /// Whether a weight is packed at its first use. By default it is at its second, since many weights are used only once for a
    /// prompt.
    /// </summary>
    public bool PacksAtOnce { get; init; }

    /// <summary>The packed form of a tensor; null if it has none yet, or if there is no room.</summary>
    /// <param name="source">A tensor.</param>
    /// <param name="elements">Size of the packed form.</param>
    /// <param name="owner">Name of the form, a constant. A tensor has one packed form for each name, column and size.</param>
    /// <param name="make">Fills the packed form, its second argument, from the source, its first.</param>
    /// <param name="firstColumn">First column of the source that is packed.</param>
    public Tensor? Of(Tensor source, long elements, string owner, Action<Tensor, Tensor> make, int firstColumn = 0)
    {
        lock (_made)
        {
            return Of(source, new Key(source.Storage, source.Offset, source.Shape, owner, elements, firstColumn), make);
        }
    }

    private Tensor? Of(Tensor source, Key key, Action<Tensor, Tensor> make)
    {
        bool isKnown = _made.TryGetValue(key, out Tensor? form);
        if (!isKnown && !PacksAtOnce)
        {
            _made.Add(key, null);
        }
        else if (form is null && key.Elements <= Math.Min(mostElements - _elements, Tensor.MostElements))
        {
            _elements += key.Elements;
            form = arena.Rent(new Shape((int)key.Elements), key.Owner);
            make(source, form);
            _made[key] = form;
        }

        return form;
    }

    private readonly record struct Key(
        Storage Storage, long Offset, Shape Shape, string Owner, long Elements, int FirstColumn);
}

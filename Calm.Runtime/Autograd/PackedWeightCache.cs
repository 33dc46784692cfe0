namespace Calm.Runtime;

/// <summary>
/// Cache of packed weights: matrices in the order in which a loop reads them, for parameters that do not change.
/// A weight is packed at its second use, since many weights are used only once for a prompt. Safe for several threads.
/// </summary>
/// <param name="arena">The arena that the packed weights are allocated from.</param>
/// <param name="mostElements">The most elements to keep; weights beyond that are not packed.</param>
public sealed class PackedWeightCache(Arena arena, long mostElements)
{
    private readonly Dictionary<Key, Tensor?> _made = [];
    private long _elements;

    /// <summary>The packed form of a tensor; null at its first use, or if there is no room.</summary>
    /// <param name="source">A tensor in host memory.</param>
    /// <param name="elements">Size of the packed form.</param>
    /// <param name="owner">Name of the op, a constant. A tensor has one packed form for each name and size.</param>
    /// <param name="make">Fills the packed form, its second argument, from the source, its first.</param>
    public unsafe Tensor? Of(Tensor source, long elements, string owner, Action<Tensor, Tensor> make)
    {
        lock (_made)
        {
            return Of(source, new Key(source.Storage, (nint)source.Pointer, source.Shape, owner, elements), make);
        }
    }

    private Tensor? Of(Tensor source, Key key, Action<Tensor, Tensor> make)
    {
        if (!_made.TryGetValue(key, out Tensor? form))
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

    private readonly record struct Key(Storage Storage, nint Pointer, Shape Shape, string Owner, long Elements);
}

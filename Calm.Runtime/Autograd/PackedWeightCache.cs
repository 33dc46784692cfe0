namespace Calm.Runtime;

/// <summary>
/// Other forms of parameters that do not change, made at their second use: a matrix in the order in which a loop reads it.
/// What is used once, as most is for a prompt, needs none. Several threads may ask.
/// </summary>
/// <param name="arena">Whose memory they take.</param>
/// <param name="mostElements">Elements to keep at most; what is beyond is done without.</param>
public sealed class PackedWeightCache(Arena arena, long mostElements)
{
    private readonly Dictionary<Key, Tensor?> _made = [];
    private long _elements;

    /// <summary>A derived form; null if this is the first use, or if there is no room.</summary>
    /// <param name="source">A tensor in host memory.</param>
    /// <param name="elements">Size of the form.</param>
    /// <param name="owner">Who asks, a constant: a tensor has one form for each, and for each size.</param>
    /// <param name="make">Fills the form, its second argument, from the source.</param>
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
        else if (form is null && key.Elements <= mostElements - _elements)
        {
            _elements += key.Elements;
            form = arena.Rent(new Shape(checked((int)key.Elements)), key.Owner);
            make(source, form);
            _made[key] = form;
        }

        return form;
    }

    private readonly record struct Key(Storage Storage, nint Pointer, Shape Shape, string Owner, long Elements);
}

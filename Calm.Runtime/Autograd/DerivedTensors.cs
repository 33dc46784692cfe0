namespace Calm.Runtime;

/// <summary>
/// Other forms of parameters that do not change, made at their second use: a matrix in the order in which a loop reads it.
/// What is used once, as most is for a prompt, needs none.
/// </summary>
/// <param name="arena">Whose memory they take.</param>
/// <param name="mostElements">Elements to keep at most; what is beyond is done without.</param>
public sealed class DerivedTensors(Arena arena, long mostElements)
{
    private readonly Dictionary<(Storage Storage, nint Pointer, Shape Shape, string Owner, long Elements), Tensor?> _made = [];
    private long _elements;

    /// <summary>A derived form; null if this is the first use, or if there is no room.</summary>
    /// <param name="source">A tensor in host memory.</param>
    /// <param name="elements">Size of the form.</param>
    /// <param name="owner">Who asks, a constant: a tensor has one form for each, and for each size.</param>
    /// <param name="make">Fills the form, its second argument, from the source.</param>
    public unsafe Tensor? Of(Tensor source, long elements, string owner, Action<Tensor, Tensor> make)
    {
        var key = (source.Storage, (nint)source.Pointer, source.Shape, owner, elements);
        if (!_made.TryGetValue(key, out Tensor? form))
        {
            _made.Add(key, null);
        }
        else if (form is null && elements <= mostElements - _elements)
        {
            _elements += elements;
            form = arena.Rent(new Shape(checked((int)elements)), owner);
            make(source, form);
            _made[key] = form;
        }

        return form;
    }
}

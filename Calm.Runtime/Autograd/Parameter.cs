namespace Calm.Runtime;

/// <summary>
/// A trained tensor. Checkpoints know it by the names of its parts: one as a rule, several where matrices that are
/// applied to the same input are stacked into one (queries, keys and values; gate and up).
/// </summary>
public sealed class Parameter
{
    private Tensor? _value;

    internal Parameter(IReadOnlyList<Part> parts, Shape shape, Initialization initialization, bool decays)
    {
        Parts = parts;
        Shape = shape;
        Initialization = initialization;
        Decays = decays;
    }

    /// <summary>A named piece of a parameter, as checkpoints store it.</summary>
    /// <param name="Name">Its key in a checkpoint.</param>
    /// <param name="Shape">Its sizes.</param>
    /// <param name="Start">Its first element within the parameter.</param>
    public sealed record Part(string Name, Shape Shape, long Start);

    /// <summary>Its names in checkpoints, in order.</summary>
    public IReadOnlyList<Part> Parts { get; }

    /// <summary>Sizes of the whole.</summary>
    public Shape Shape { get; }

    /// <summary>The distribution of its initial values.</summary>
    public Initialization Initialization { get; }

    /// <summary>Whether weight decay applies: to matrices and embeddings, not to norms and biases.</summary>
    public bool Decays { get; }

    /// <summary>First element within the set's flat arrays.</summary>
    public long Start { get; internal set; }

    /// <summary>The tensor that ops read.</summary>
    /// <exception cref="InvalidOperationException">The set has not been allocated.</exception>
    public Tensor Value
    {
        get => _value ?? throw new InvalidOperationException($"Parameter {Parts[0].Name}: not allocated.");
        internal set => _value = value;
    }

    /// <summary>Whether a gradient has reached it since <see cref="ParameterSet.ForgetGradients"/>.</summary>
    public bool HasGradient => Value.GradientSlot.HasContribution;
}

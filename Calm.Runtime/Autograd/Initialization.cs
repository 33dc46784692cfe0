namespace Calm.Runtime;

/// <summary>The distribution of a parameter's initial values.</summary>
/// <param name="Mean">Mean of the distribution, and the constant where <paramref name="Deviation"/> is 0.</param>
/// <param name="Deviation">Its standard deviation.</param>
public readonly record struct Initialization(float Mean, float Deviation)
{
    /// <summary>All zero: biases.</summary>
    public static Initialization Zeros => new(0, 0);

    /// <summary>All one: the scales of norms.</summary>
    public static Initialization Ones => new(1, 0);

    /// <summary>Normal numbers about zero: weights and embeddings.</summary>
    public static Initialization Normal(float deviation) => new(0, deviation);

    /// <summary>Uniform numbers about zero that keep the variance of values and gradients through a layer.</summary>
    /// <remarks>Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks",
    /// equation 16; known as Xavier.</remarks>
    /// <param name="inputs">Columns of the weight.</param>
    /// <param name="outputs">Its rows.</param>
    public static Initialization Xavier(int inputs, int outputs) =>
        new(0, MathF.Sqrt(2f / (inputs + outputs))) { IsUniform = true };

    /// <summary>Whether the numbers are uniform rather than normal.</summary>
    public bool IsUniform { get; init; }
}

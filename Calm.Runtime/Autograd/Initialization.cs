namespace Calm.Runtime;

/// <summary>How a parameter starts.</summary>
/// <param name="Mean">Mean of the normal distribution, and the constant where <paramref name="Deviation"/> is 0.</param>
/// <param name="Deviation">Its standard deviation.</param>
public readonly record struct Initialization(float Mean, float Deviation)
{
    /// <summary>All zero: biases.</summary>
    public static Initialization Zeros => new(0, 0);

    /// <summary>All one: the scales of norms.</summary>
    public static Initialization Ones => new(1, 0);

    /// <summary>Normal numbers about zero: weights and embeddings.</summary>
    public static Initialization Normal(float deviation) => new(0, deviation);
}

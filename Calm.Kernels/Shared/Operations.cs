namespace Calm.Kernels;

/// <summary>
/// Operation counts of functions in a <see cref="Cost"/>, read off the loops of the host: an addition, product,
/// quotient, root, comparison, selection, rounding, conversion, shift or bitwise operation is one, a fused multiply-add two,
/// also where it is done to integers. Loads, stores and shuffles are none.
/// </summary>
public static class Operations
{
    /// <summary>e^x: clamp, reduction by two multiply-adds, a polynomial of five more, the power of two.</summary>
    public const double Exponential = 23;

    /// <summary>1 / (1 + e^-x).</summary>
    public const double Sigmoid = Exponential + 3;

    /// <summary>log x: exponent and mantissa, ten multiply-adds, and the edges: zero, infinity, negative numbers.</summary>
    public const double Logarithm = 47;

    /// <summary>32 random bits: a fourth of ten rounds of two products and four exclusive ors.</summary>
    public const double RandomWord = 15;

    /// <summary>A uniform number: a shift, a conversion and a product more.</summary>
    public const double Uniform = RandomWord + 3;

    /// <summary>A normal number: nine operations find its polynomial, three multiply-adds, two for the sign.</summary>
    public const double Normal = RandomWord + 17;
}

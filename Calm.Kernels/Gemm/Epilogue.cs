namespace Calm.Kernels;

/// <summary>
/// Terms that a product adds to its tiles at the end, while they are in the first cache: bias[j] + addend[i / repeat, j] to
/// element (i, j).
/// </summary>
/// <param name="bias">[N]; null for none.</param>
/// <param name="addend">Rows of N elements at the distance of C's rows; null for none.</param>
/// <param name="repeat">Number of rows of C that share one row of <paramref name="addend"/>.</param>
internal readonly unsafe struct Epilogue(float* bias, float* addend = null, int repeat = 1)
{
    /// <summary>[N], or null.</summary>
    public readonly float* Bias = bias;

    /// <summary>Its first row, or null.</summary>
    public readonly float* Addend = addend;

    /// <summary>Number of rows of C that share one row of <see cref="Addend"/>.</summary>
    public readonly int Repeat = repeat;

    /// <summary>The terms of the columns from <paramref name="column"/> on.</summary>
    public Epilogue From(int column) =>
        new(Bias is null ? null : Bias + column, Addend is null ? null : Addend + column, Repeat);
}

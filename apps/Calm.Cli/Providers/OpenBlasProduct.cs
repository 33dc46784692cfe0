using Calm.Kernels;

namespace Calm.Cli;

/// <summary>
/// A product by OpenBLAS, whose products have no bias and no residual: the residual is copied into the result first, and the
/// bias added as an outer product with ones.
/// </summary>
internal sealed class OpenBlasProduct : ProductOp<float[]>
{
    private const int Bias = 2;
    private const int Residual = 3;

    private readonly OpenBlas _library;
    private readonly float[]? _bias;
    private readonly float[]? _residual;
    private readonly float[] _ones;
    private readonly float[] _biasGradient;

    public OpenBlasProduct(OpenBlas library, OpCase c, ProvidedOperands operands) : base(c)
    {
        _library = library;
        Fill(c, operands);
        _bias = Optional(Bias);
        _residual = Optional(Residual);
        _ones = Store([.. Enumerable.Repeat(1f, Result.Rows)]);
        _biasGradient = Store(new float[Result.Columns]);

        float[]? Optional(int input) => operands.Inputs.Count > input ? Store(operands.Inputs[input]) : null;
    }

    /// <inheritdoc/>
    public override string Form => (_bias, _residual) switch
    {
        (null, _) => "cblas_sgemm",
        (_, null) => "cblas_sgemm, cblas_sger; backward with cblas_sgemv",
        _ => "cblas_scopy, cblas_sgemm, cblas_sger; backward with cblas_sgemv, the residual's gradient is passed on",
    };

    /// <inheritdoc/>
    public override void Forward()
    {
        if (_residual is not null)
        {
            _library.Copy(_residual, Result.Elements);
        }

        MultiplyInto(accumulate: _residual is not null);
        if (_bias is not null)
        {
            _library.AddOuterProduct(_ones, _bias, Result);
        }
    }

    /// <inheritdoc/>
    public override void Backward()
    {
        base.Backward();
        if (_bias is not null)
        {
            _library.MultiplyTransposed(Cotangent, _ones, _biasGradient);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<float[]?> Gradients()
    {
        float[]?[] gradients = [.. base.Gradients()];
        if (_bias is not null)
        {
            gradients[Bias] = [.. _biasGradient];
        }

        if (_residual is not null)
        {
            gradients[Residual] = [.. Cotangent.Elements];
        }

        return gradients;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    /// <inheritdoc/>
    protected override float[] Store(float[] elements)
    {
        float[] memory = GC.AllocateUninitializedArray<float>(elements.Length, pinned: true);
        elements.CopyTo(memory, 0);
        return memory;
    }

    /// <inheritdoc/>
    protected override float[] Read(float[] memory, int count) => [.. memory];

    /// <inheritdoc/>
    protected override void Multiply(
        in StoredMatrix<float[]> a, in StoredMatrix<float[]> b, in StoredMatrix<float[]> c, bool accumulate) =>
        _library.Multiply(a, b, c, accumulate ? 1 : 0);
}

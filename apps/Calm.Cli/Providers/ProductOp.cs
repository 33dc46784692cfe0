using Calm.Kernels;

namespace Calm.Cli;

/// <summary>A product of two matrices with its gradients, by any library that has products: C = A B.</summary>
/// <typeparam name="TMemory">Memory of the library.</typeparam>
internal abstract class ProductOp<TMemory> : IProvidedOp
{
    private readonly int _inputs;
    private StoredMatrix<TMemory> _a;
    private StoredMatrix<TMemory> _b;
    private StoredMatrix<TMemory> _aGradient;
    private StoredMatrix<TMemory> _bGradient;

    /// <summary>Prepares nothing yet.</summary>
    /// <param name="c">A case for which <see cref="IsProduct"/> holds.</param>
    protected ProductOp(OpCase c)
    {
        _inputs = c.Inputs.Count;
        HasBackward = c.Differentiable;
    }

    /// <inheritdoc/>
    public abstract string Form { get; }

    /// <inheritdoc/>
    public bool HasBackward { get; }

    /// <summary>C.</summary>
    protected StoredMatrix<TMemory> Result { get; private set; }

    /// <summary>The gradient given to C.</summary>
    protected StoredMatrix<TMemory> Cotangent { get; private set; }

    /// <summary>Whether a case is one product: a MatMul, or a Linear whose inputs are operands once.</summary>
    public static bool IsProduct(OpCase c) =>
        c.Op is nameof(MatMul) || (c.Op is nameof(Linear) && c.Settings.Count == 0);

    /// <inheritdoc/>
    public virtual void Reset()
    {
    }

    /// <inheritdoc/>
    public virtual void Forward()
    {
        Multiply(_a, _b, Result, accumulate: false);
        Synchronize();
    }

    /// <inheritdoc/>
    public virtual void Backward()
    {
        Multiply(Cotangent, _b.Transpose, _aGradient);
        Multiply(_a.Transpose, Cotangent, _bGradient);
        Synchronize();
    }

    /// <inheritdoc/>
    public IReadOnlyList<float[]> Outputs() => [Read(Result.Elements, Result.Count)];

    /// <inheritdoc/>
    public virtual IReadOnlyList<float[]?> Gradients()
    {
        float[]?[] gradients = new float[_inputs][];
        gradients[0] = Read(_aGradient.Elements, _aGradient.Count);
        gradients[1] = Read(_bGradient.Elements, _bGradient.Count);
        return gradients;
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Takes the memory and fills it: the first two inputs are A and B, in Linear B as its transpose.</summary>
    protected void Fill(OpCase c, ProvidedOperands operands)
    {
        bool isLinear = c.Op == nameof(Linear);
        _a = Matrix(0, !isLinear && c.Settings["transposeA"] != 0);
        _b = Matrix(1, isLinear || c.Settings["transposeB"] != 0);
        Result = new StoredMatrix<TMemory>(Store(new float[_a.Rows * _b.Columns]), _a.Rows, _b.Columns);
        if (HasBackward)
        {
            Cotangent = Result with { Elements = Store(operands.Cotangents[0]) };
            _aGradient = _a with { Elements = Store(new float[_a.Count]) };
            _bGradient = _b with { Elements = Store(new float[_b.Count]) };
        }

        StoredMatrix<TMemory> Matrix(int input, bool transposed) =>
            new(Store(operands.Inputs[input]), c.Inputs[input].Shape[0], c.Inputs[input].Shape[1], transposed);
    }

    /// <summary>C = A B, or what adds to C.</summary>
    protected void MultiplyInto(bool accumulate) => Multiply(_a, _b, Result, accumulate);

    /// <summary>New memory with these elements.</summary>
    protected abstract TMemory Store(float[] elements);

    /// <summary>The elements in memory.</summary>
    protected abstract float[] Read(TMemory memory, int count);

    /// <summary>c = a b, or c += a b, of which no transpose is meant.</summary>
    protected abstract void Multiply(
        in StoredMatrix<TMemory> a, in StoredMatrix<TMemory> b, in StoredMatrix<TMemory> c, bool accumulate);

    /// <summary>Waits for the work.</summary>
    protected virtual void Synchronize()
    {
    }

    // A gradient of a transpose is the transpose of the product in reverse order.
    private void Multiply(in StoredMatrix<TMemory> a, in StoredMatrix<TMemory> b, in StoredMatrix<TMemory> gradient)
    {
        if (gradient.Transposed)
        {
            Multiply(b.Transpose, a.Transpose, gradient.Transpose, accumulate: false);
        }
        else
        {
            Multiply(a, b, gradient, accumulate: false);
        }
    }
}

using Calm.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Calm.LibTorch;

/// <summary>A case computed by a form. The next run frees the tensors of a run, and with them its graph.</summary>
internal sealed class TorchOp : IProvidedOp
{
    private readonly TorchForm _form;
    private readonly Tensor[] _leaves;
    private readonly Tensor[] _originals;
    private readonly Tensor[] _ourCotangents;
    private readonly Tensor[] _cotangents;
    private Tensor[] _outputs = [];
    private Tensor[] _gradients = [];

    private TorchOp(TorchForm form, OpCase c, ProvidedOperands operands)
    {
        _form = form;
        HasBackward = c.Differentiable;
        _leaves = [.. form.Operands.Where(operand => operand.requires_grad)];
        _originals = form.IsInPlace ? [.. form.Operands.Select(operand => operand.clone())] : [];
        Forward(); // it tells the shapes of the outputs
        _ourCotangents = [.. c.Differentiable ? operands.Cotangents.Select(values => tensor(values)) : []];
        _cotangents =
        [
            .. _ourCotangents.Zip(_outputs, (ours, output) => form.Cotangent(ours).reshape(output.shape).contiguous().clone()),
        ];
        Reset();
    }

    /// <inheritdoc/>
    public string Form => _form.Text;

    /// <inheritdoc/>
    public bool HasBackward { get; }

    private IEnumerable<Tensor> Kept =>
        [.. _form.Operands, .. _form.Constants, .. _originals, .. _ourCotangents, .. _cotangents];

    /// <summary>Prepares a case.</summary>
    /// <returns>Null if the builder has no form for it.</returns>
    public static TorchOp? Prepare(FormBuilder build, OpCase c, ProvidedOperands operands)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] inputs = [.. c.Inputs.Zip(operands.Inputs, (input, values) => Upload(input, values, c.Differentiable))];
        if (build(c, inputs) is not { } form)
        {
            return null;
        }

        TorchOp op = new(form, c, operands);
        foreach (Tensor kept in op.Kept)
        {
            kept.DetachFromDisposeScope();
        }

        return op;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((Tensor operand, Tensor original) in _form.Operands.Zip(_originals))
        {
            operand.copy_(original);
        }
    }

    /// <inheritdoc/>
    public void Forward() => Replace(ref _outputs, _form.Compute);

    /// <inheritdoc/>
    public void Backward() => Replace(ref _gradients, () => [.. autograd.grad(_outputs, _leaves, _cotangents)]);

    /// <inheritdoc/>
    public IReadOnlyList<float[]> Outputs()
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. _outputs.Select(output => Values(_form.Output(output.detach())))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<float[]?> Gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        int next = 0;
        Tensor?[] gradients = [.. _form.Operands.Select(operand => operand.requires_grad ? _gradients[next++] : null)];
        return
        [
            .. _form.Gradients(gradients, _ourCotangents[0]).Select(gradient => gradient is null ? null : Values(gradient)),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in Kept.Concat(_outputs).Concat(_gradients))
        {
            tensor.Dispose();
        }
    }

    private static void Replace(ref Tensor[] results, Func<Tensor[]> compute)
    {
        foreach (Tensor result in results)
        {
            result.Dispose();
        }

        using DisposeScope scope = NewDisposeScope();
        results = compute();
        foreach (Tensor result in results)
        {
            result.DetachFromDisposeScope();
        }
    }

    private static Tensor Upload(CaseInput input, float[] values, bool differentiable)
    {
        long[] sizes = [.. Enumerable.Range(0, input.Shape.Rank).Select(axis => (long)input.Shape[axis])];
        if (input.IsInteger)
        {
            return tensor(values.Select(value => (long)value).ToArray(), sizes);
        }

        Tensor uploaded = tensor(values, sizes);
        uploaded.requires_grad = differentiable && input.Differentiable;
        return uploaded;
    }

    private static float[] Values(Tensor tensor) =>
        tensor.detach().to_type(ScalarType.Float32).contiguous().data<float>().ToArray();
}

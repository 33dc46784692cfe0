using Calm.Kernels;
using static TorchSharp.torch;

namespace Calm.LibTorch;

/// <summary>Builds a form of a case from the tensors of its inputs; null if libtorch has none like it.</summary>
internal delegate TorchForm? FormBuilder(OpCase c, Tensor[] inputs);

/// <summary>An op as libtorch computes it. Nothing but <see cref="Compute"/> and its backward is timed.</summary>
/// <param name="Text">The functions that do the work.</param>
/// <param name="Operands">The tensors that get gradients or are overwritten, and others.</param>
/// <param name="Compute">The work, on the operands.</param>
internal sealed record TorchForm(string Text, IReadOnlyList<Tensor> Operands, Func<Tensor[]> Compute)
{
    /// <summary>Other tensors that the functions read.</summary>
    public IReadOnlyList<Tensor> Constants { get; init; } = [];

    /// <summary>Brings an output into our layout.</summary>
    public Func<Tensor, Tensor> Output { get; init; } = static y => y;

    /// <summary>Brings the gradient of an output from our layout into that of libtorch.</summary>
    public Func<Tensor, Tensor> Cotangent { get; init; } = static y => y;

    /// <summary>
    /// Makes the gradients of the inputs from those of the operands, null where there are none, and from the gradient of the
    /// output in our layout.
    /// </summary>
    public Func<Tensor?[], Tensor, Tensor?[]> Gradients { get; init; } = static (gradients, _) => gradients;

    /// <summary>Whether the work overwrites operands.</summary>
    public bool IsInPlace { get; init; }

    /// <summary>A form in our own layout.</summary>
    public static TorchForm Of(string text, Tensor[] inputs, Func<Tensor> compute) => new(text, inputs, () => [compute()]);
}

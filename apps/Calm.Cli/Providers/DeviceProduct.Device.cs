using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A product without bias and residual in the memory of a GPU, on whose queue a library computes it.</summary>
internal abstract class DeviceProduct : ProductOp<Tensor>
{
    private readonly Arena _arena;

    protected DeviceProduct(IlgpuDevice gpu, OpCase c, ProvidedOperands operands) : base(c)
    {
        Gpu = gpu;
        _arena = new Arena(gpu, "another library's product");
        Fill(c, operands);
    }

    /// <summary>The device.</summary>
    protected IlgpuDevice Gpu { get; }

    /// <summary>Whether a case is one product of two matrices, and no more.</summary>
    public static bool IsPlainProduct(OpCase c) => IsProduct(c) && c.Inputs.Count == 2;

    /// <inheritdoc/>
    public override void Dispose() => _arena.Dispose();

    /// <inheritdoc/>
    protected override Tensor Store(float[] elements)
    {
        Tensor memory = _arena.Rent(new Shape(elements.Length), "matrix");
        memory.CopyFrom(elements);
        return memory;
    }

    /// <inheritdoc/>
    protected override float[] Read(Tensor memory, int count) => memory.ToArray();

    /// <inheritdoc/>
    protected override void Synchronize() => Gpu.Synchronize();
}

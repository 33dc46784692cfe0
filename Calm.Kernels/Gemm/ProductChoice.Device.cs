using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A choice of products, one for each layout of the operands.</summary>
/// <param name="kind">Its sort.</param>
internal sealed class ProductChoice(ChoiceKind kind)
{
    private readonly Choice[] _layouts = [new(kind, "NN"), new(kind, "NT"), new(kind, "TN"), new(kind, "TT")];

    /// <summary>The candidate to take for a product.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="product">The product.</param>
    /// <param name="byDefault">The built-in choice.</param>
    public int For(IlgpuDevice gpu, in DeviceProduct product, int byDefault) => Tuning.Of(gpu).Choose(
        _layouts[(product.A.Transposed ? 2 : 0) + (product.B.Transposed ? 1 : 0)],
        SizeClass.Of(product.Rows, product.Columns, product.Depth), byDefault);
}

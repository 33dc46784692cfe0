using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>A matrix product on a device: C[M, N] (+)= A[M, K] B[K, N] + epilogue.</summary>
/// <param name="Rows">M.</param>
/// <param name="Columns">N.</param>
/// <param name="Depth">K.</param>
/// <param name="A">M by K.</param>
/// <param name="B">K by N.</param>
/// <param name="C">C, as stored.</param>
/// <param name="Accumulate">Whether to add to C; otherwise its contents are ignored.</param>
/// <param name="Epilogue">Added to the product.</param>
internal readonly record struct DeviceProduct(
    int Rows, int Columns, int Depth, DeviceMatrix A, DeviceMatrix B, DeviceMatrix C, bool Accumulate,
    DeviceEpilogue Epilogue = default)
{
    /// <summary>Elements of C.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>Number of blocks that the depth is added in: at least one, which may be empty.</summary>
    public int Blocks => Math.Max(1, (Depth + ProductSizes.DepthBlock - 1) / ProductSizes.DepthBlock);

    /// <summary>The parameter of kernels.</summary>
    public ProductSizes Sizes => new(this, Blocks);

    /// <summary>Elements of the bias; without one those of C, which kernels then do not read.</summary>
    public ArrayView<float> Bias => Epilogue.Bias?.View() ?? StandIn;

    /// <summary>Elements of the addend; without one those of C, which kernels then do not read.</summary>
    public ArrayView<float> Addend => Epilogue.Addend?.View() ?? StandIn;

    // Kernels take no null.
    private ArrayView<float> StandIn => C.IsBFloat16 ? C.Halves.Cast<float>() : C.Elements;

    /// <summary>The same product into floats, in the device's third workspace.</summary>
    public DeviceProduct InFloats(IlgpuDevice gpu) =>
        this with { C = new DeviceMatrix(gpu.Workspace(Count, which: 2), Columns, false) };

    /// <summary>Rounds the result of <see cref="InFloats"/> to C, which is bfloat16.</summary>
    public void Round(IlgpuDevice gpu, in DeviceProduct sums) => RoundingCopy.Rows(
        gpu, new FloatElements(sums.C.Elements), Columns, Rows, Columns, new BFloat16Elements(C.Halves));

    /// <summary>The bare product, A B, into dense memory.</summary>
    public DeviceProduct Into(ArrayView<float> target) =>
        this with { C = new DeviceMatrix(target, Columns, false), Accumulate = false, Epilogue = default };
}

/// <summary>Terms that are added to a product: bias[column] + addend[row / repeat, column].</summary>
/// <param name="Bias">[N], or null.</param>
/// <param name="Addend">[M / repeat, N], dense, or null.</param>
/// <param name="Repeat">Number of rows of the product that share a row of the addend.</param>
internal readonly record struct DeviceEpilogue(Tensor? Bias, Tensor? Addend = null, int Repeat = 1);

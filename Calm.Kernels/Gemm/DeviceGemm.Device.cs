using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Matrix products on a device: C[M, N] (+)= A[M, K] B[K, N] + epilogue. They have the host's bits: every element adds its
/// products in the order of depth, in blocks of <see cref="ProductSizes.DepthBlock"/>, whatever the sizes and the kernel.
/// </summary>
internal static class DeviceGemm
{
    // Half of what a grid has room for: at most 65535 groups in its second direction, of at least 16 rows each.
    private const int MostRows = 1 << 19;

    private static readonly ProductChoice Form = new(ChoiceKinds.ProductForm);

    /// <summary>Computes the product.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="rows">M.</param>
    /// <param name="columns">N.</param>
    /// <param name="depth">K.</param>
    /// <param name="a">M by K.</param>
    /// <param name="b">K by N.</param>
    /// <param name="c">C, as stored.</param>
    /// <param name="accumulate">Whether to add to C; otherwise its contents are ignored.</param>
    /// <param name="epilogue">Added to the product.</param>
    /// <param name="form">The form to compute it in; by default the one that tuning found.</param>
    /// <remarks>Uses the device's workspace.</remarks>
    public static void Multiply(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate,
        DeviceEpilogue epilogue = default, ProductForm form = ProductForm.BuiltIn)
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        if (rows > MostRows)
        {
            MultiplyInParts(gpu, rows, columns, depth, a, b, c, accumulate, epilogue, form);
            return;
        }

        gpu.CountProducts(2.0 * rows * columns * depth);
        Multiply(gpu, new DeviceProduct(rows, columns, depth, a, b, c, accumulate, epilogue), form);
    }

    /// <summary>Whether a product is computed on tensor cores.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="rows">M.</param>
    /// <param name="transposed">Whether B is a transposed matrix, as in products with weights.</param>
    public static bool UsesTensorCores(IlgpuDevice gpu, int rows, bool transposed) =>
        gpu is { Precision: Precision.BFloat16, HasTensorCores: true } && !IsThin(rows, transposed);

    // It stays float32 in any precision: rounding B would take longer than the product.
    private static bool IsThin(int rows, bool transposed) => rows <= HostGemm.MostThinRows && transposed;

    private static void Multiply(IlgpuDevice gpu, DeviceProduct product, ProductForm form)
    {
        bool isThin = IsThin(product.Rows, product.B.Transposed);
        bool rounds = gpu.Precision == Precision.BFloat16 && !isThin;
        if (UsesTensorCores(gpu, product.Rows, product.B.Transposed))
        {
            TensorGemm.Multiply(gpu, product);
            return;
        }

        if (product.C.IsBFloat16)
        {
            DeviceProduct sums = product.InFloats(gpu);
            Multiply(gpu, sums, form);
            product.Round(gpu, sums);
            return;
        }

        product = RoundedOperands.Of(gpu, product, all: rounds);
        if (gpu.Cublas is not null && gpu.Precision == Precision.Float32)
        {
            CublasGemm.Multiply(gpu, product);
            return;
        }

        if (form == ProductForm.BuiltIn && !isThin)
        {
            form = (ProductForm)Form.For(gpu, product, (int)ProductForm.BuiltIn);
        }

        if (gpu.Family == KernelFamily.Direct)
        {
            DirectGemm.Multiply(gpu, product, form);
        }
        else
        {
            TiledGemm.Multiply(gpu, product, form);
        }
    }

    private static void MultiplyInParts(
        IlgpuDevice gpu, int rows, int columns, int depth, DeviceMatrix a, DeviceMatrix b, DeviceMatrix c, bool accumulate,
        DeviceEpilogue epilogue, ProductForm form)
    {
        // Equal parts, so that none is thin, and whole rows of the addend, each of which is for several of the product.
        int repeat = Math.Max(1, epilogue.Repeat);
        int parts = rows / MostRows + 1;
        int most = (rows / parts / repeat + 1) * repeat;
        for (long start = 0; start < rows; start += most)
        {
            int first = (int)start;
            int count = Math.Min(most, rows - first);
            Tensor? addend = epilogue.Addend?.Slice(start / repeat * columns, new Shape((count + repeat - 1) / repeat, columns));
            Multiply(
                gpu, count, columns, depth, a.FromRow(first), b, c.FromRow(first), accumulate,
                epilogue with { Addend = addend }, form);
        }
    }
}

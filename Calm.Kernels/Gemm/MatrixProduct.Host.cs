using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's products; bias and addend are added while a tile of C is in the first cache.</content>
internal static unsafe partial class MatrixProduct
{
    private readonly partial struct Product
    {
        public void Run(HostDevice host) => HostGemm.Multiply(
            host, rows, columns, depth, HostMatrix.Of(a), HostMatrix.Of(b), c.Tensor.Pointer + c.FirstColumn, c.Tensor.Columns,
            accumulate, new Epilogue(bias is null ? null : bias.Pointer));
    }

    private readonly partial struct WeightProduct
    {
        public void Run(HostDevice host)
        {
            HostGemm.MultiplyByWeight(
                host, tape, y.Rows, HostMatrix.Of(x), weight, x.Columns, y.Pointer,
                new Epilogue(bias is null ? null : bias.Pointer, addend is null ? null : addend.Pointer, repeat),
                host.Precision);
            RoundingCopy.InPlace(host, y);
        }
    }
}

using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Calm.Kernels;
using Calm.Runtime;
using ILGPU;
using ILGPU.Runtime.OpenCL;

namespace Calm.Bench;

/// <summary>
/// Square matrix products beside CLBlast on the same OpenCL queue, taking turns in one process. CLBlast is the machine's
/// (Debian: libclblast1), untuned.
/// </summary>
public class ClBlastBenchmarks : IDisposable
{
    private const int RowMajor = 101;
    private const int NotTransposed = 111;

    private IlgpuDevice _gpu = null!;
    private Arena _arena = null!;
    private Tensor _a = null!;
    private Tensor _b = null!;
    private Tensor _c = null!;

    /// <summary>Rows, columns and depth.</summary>
    [Params(512, 1024)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _gpu = (IlgpuDevice)DeviceList.Open("opencl:0");
        _arena = new Arena(_gpu, "products");
        Shape shape = new(Size, Size);
        (_a, _b, _c) = (_arena.Rent(shape, "a"), _arena.Rent(shape, "b"), _arena.Rent(shape, "c"));
        float[] values = [.. Enumerable.Range(0, Size * Size).Select(i => i % 17 / 17f)];
        _a.CopyFrom(values);
        _b.CopyFrom(values);
        RequireAgreement();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _arena.Dispose();
        _gpu.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public void ClBlast()
    {
        nint queue = ((CLStream)_gpu.Queue).CommandQueue;
        (nint a, long aOffset) = Place(_a);
        (nint b, long bOffset) = Place(_b);
        (nint c, long cOffset) = Place(_c);
        int status = CLBlastSgemm(
            RowMajor, NotTransposed, NotTransposed, (nuint)Size, (nuint)Size, (nuint)Size, 1, a, (nuint)aOffset, (nuint)Size, b,
            (nuint)bOffset, (nuint)Size, 0, c, (nuint)cOffset, (nuint)Size, ref queue, 0);
        if (status != 0)
        {
            throw new InvalidOperationException($"CLBlastSgemm: status {status}.");
        }

        _gpu.Synchronize();
    }

    [Benchmark]
    public void Calm()
    {
        DeviceGemm.Multiply(
            _gpu, Size, Size, Size, DeviceMatrix.Of(_a), DeviceMatrix.Of(_b), DeviceMatrix.Of(_c), accumulate: false);
        _gpu.Synchronize();
    }

    private void RequireAgreement()
    {
        ClBlast();
        float[] theirs = _c.ToArray();
        Calm();
        float[] ours = _c.ToArray();
        float greatest = theirs.Max(MathF.Abs);
        if (theirs.Zip(ours).Any(pair => !(MathF.Abs(pair.First - pair.Second) <= 1e-5f * greatest)))
        {
            throw new InvalidOperationException("CLBlast and Calm differ.");
        }
    }

    private static (nint Buffer, long Offset) Place(Tensor tensor)
    {
        IContiguousArrayView view = tensor.View();
        return (view.Buffer.NativePtr, view.Index);
    }

    [DllImport("libclblast.so.1")]
    private static extern int CLBlastSgemm(
        int layout, int aTranspose, int bTranspose, nuint m, nuint n, nuint k, float alpha, nint aBuffer, nuint aOffset,
        nuint aStride, nint bBuffer, nuint bOffset, nuint bStride, float beta, nint cBuffer, nuint cOffset, nuint cStride,
        ref nint queue, nint finished);
}

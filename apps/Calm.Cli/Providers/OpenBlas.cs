using System.Runtime.InteropServices;

namespace Calm.Cli;

/// <summary>The functions of OpenBLAS, which stays loaded: its threads cannot be taken away.</summary>
internal sealed unsafe class OpenBlas
{
    private const int RowMajor = 101;
    private const int NotTransposed = 111;
    private const int TransposedForm = 112;

    private static readonly string[] Names =
        ["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib", "libopenblas.dll"];

    private readonly delegate* unmanaged<
        int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _gemm;
    private readonly delegate* unmanaged<int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _gemv;
    private readonly delegate* unmanaged<int, int, int, float, float*, int, float*, int, float*, int, void> _ger;
    private readonly delegate* unmanaged<int, float*, int, float*, int, void> _copy;
    private readonly delegate* unmanaged<int, void> _setThreads;
    private readonly delegate* unmanaged<int> _threads;
    private readonly delegate* unmanaged<byte*> _config;

    private OpenBlas(nint library)
    {
        _gemm = (delegate* unmanaged<
            int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)Export("cblas_sgemm");
        _gemv = (delegate* unmanaged<
            int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)Export("cblas_sgemv");
        _ger = (delegate* unmanaged<
            int, int, int, float, float*, int, float*, int, float*, int, void>)Export("cblas_sger");
        _copy = (delegate* unmanaged<int, float*, int, float*, int, void>)Export("cblas_scopy");
        _setThreads = (delegate* unmanaged<int, void>)Export("openblas_set_num_threads");
        _threads = (delegate* unmanaged<int>)Export("openblas_get_num_threads");
        _config = (delegate* unmanaged<byte*>)Export("openblas_get_config");

        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>Version, options and the processor whose kernels it chose.</summary>
    public string Config => Marshal.PtrToStringUTF8((nint)_config())!.Trim();

    /// <summary>Threads of a product.</summary>
    public int Threads
    {
        get => _threads();
        set => _setThreads(value);
    }

    /// <summary>Loads the library.</summary>
    /// <returns>Null if it is not on this machine.</returns>
    public static OpenBlas? TryLoad()
    {
        foreach (string name in Names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return new OpenBlas(library);
            }
        }

        return null;
    }

    /// <summary>c = a b + beta c; memory is pinned.</summary>
    public void Multiply(in StoredMatrix<float[]> a, in StoredMatrix<float[]> b, in StoredMatrix<float[]> c, float beta) =>
        _gemm(
            RowMajor, FormOf(a), FormOf(b), c.Rows, c.Columns, a.Columns, 1, Address(a.Elements), a.StoredColumns,
            Address(b.Elements), b.StoredColumns, beta, Address(c.Elements), c.StoredColumns);

    /// <summary>result = a^T x.</summary>
    public void MultiplyTransposed(in StoredMatrix<float[]> a, float[] x, float[] result) =>
        _gemv(
            RowMajor, TransposedForm, a.Rows, a.Columns, 1, Address(a.Elements), a.StoredColumns, Address(x), 1, 0,
            Address(result), 1);

    /// <summary>c += x y^T.</summary>
    public void AddOuterProduct(float[] x, float[] y, in StoredMatrix<float[]> c) =>
        _ger(RowMajor, c.Rows, c.Columns, 1, Address(x), 1, Address(y), 1, Address(c.Elements), c.StoredColumns);

    /// <summary>Copies all elements.</summary>
    public void Copy(float[] from, float[] to) => _copy(from.Length, Address(from), 1, Address(to), 1);

    private static int FormOf(in StoredMatrix<float[]> matrix) => matrix.Transposed ? TransposedForm : NotTransposed;

    private static float* Address(float[] pinned) => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}

using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>Products on tensor cores, which the emulator has: the sums of rounded operands, in every form.</summary>
[Collection("devices")]
[Trait("tier", "emulator")] // whatever CALM_TEST_DEVICES names
public sealed class TensorGemmTests(TestDevices devices)
{
    // Exact products, float32 sums of at most 520 terms of at most 1.
    private const double Tolerance = 2e-4;

    public static TheoryData<int, int, int> Shapes() => new()
    {
        { 1, 1, 1 }, { 17, 9, 31 }, { 63, 65, 33 }, { 64, 64, 32 }, { 70, 130, 97 }, { 20, 40, 520 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_are_those_of_rounded_operands(int m, int n, int k)
    {
        IlgpuDevice gpu = (IlgpuDevice)devices["emulated"];
        Assert.True(gpu.HasTensorCores);
        for (int form = 0; form < 4; form++)
        {
            Check(gpu, m, n, k, (form & 1) != 0, (form & 2) != 0, isSecond: form > 1);
        }
    }

    private static void Check(
        IlgpuDevice gpu, int m, int n, int k, bool aTransposed, bool bTransposed, bool isSecond)
    {
        using Tape tape = new(gpu);
        float[] a = Values(1, m * k);
        float[] b = Values(2, n * k);
        float[] c = Values(3, m * n);
        float[] bias = Values(4, n);
        Tensor deviceA = tape.From(a, aTransposed ? new Shape(k, m) : new Shape(m, k));
        Tensor deviceB = tape.From(b, bTransposed ? new Shape(n, k) : new Shape(k, n));
        Tensor deviceC = tape.From(c, new Shape(m, n));
        TensorGemm.Multiply(gpu, new DeviceProduct(
            m, n, k, aTransposed ? DeviceMatrix.TransposeOf(deviceA) : DeviceMatrix.Of(deviceA),
            bTransposed ? DeviceMatrix.TransposeOf(deviceB) : DeviceMatrix.Of(deviceB), DeviceMatrix.Of(deviceC),
            Accumulate: isSecond, isSecond ? new DeviceEpilogue(tape.From(bias, new Shape(n))) : default));
        float[] got = deviceC.ToArray();
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double want = isSecond ? c[i * n + j] + (double)bias[j] : 0;
                for (int s = 0; s < k; s++)
                {
                    want += (double)BFloat16.RoundToFloat(a[aTransposed ? s * m + i : i * k + s])
                        * BFloat16.RoundToFloat(b[bTransposed ? j * k + s : s * n + j]);
                }

                Assert.True(
                    Math.Abs(want - got[i * n + j]) < Tolerance,
                    $"{m} x {n} x {k} {aTransposed} {bTransposed}: C[{i}, {j}] = {got[i * n + j]}, not {want}");
            }
        }
    }

    private static float[] Values(uint seed, int count) =>
        [.. new CaseData(seed).Uniform("", new Shape(count)).Values.Select(v => (float)(2 * v - 1))];
}

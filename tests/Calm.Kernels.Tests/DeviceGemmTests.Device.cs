using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>The matrix product on devices has the host's bits, in every form, at every edge of a tile.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class DeviceGemmTests(TestDevices devices)
{
    private const int Repeat = 3;

    public static TheoryData<string> Devices() => [.. TestDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Products_have_the_hosts_bits(string deviceName)
    {
        IlgpuDevice gpu = (IlgpuDevice)devices[deviceName];
        (int M, int N, int K)[] shapes = gpu.Kind == DeviceKind.Emulated
            ? [(1, 1, 1), (3, 5, 7), (16, 16, 4), (17, 33, 9), (2, 6, 260), (18, 7, 520), (5, 3, 0), (170, 163, 6)]
            :
            [
                (1, 1, 1), (3, 5, 7), (4, 32, 16), (16, 16, 512), (17, 33, 257), (63, 65, 300), (64, 64, 64), (65, 31, 513),
                (129, 130, 40), (1, 100, 700), (2, 40, 256), (5, 64, 255), (9, 33, 1030), (16, 300, 100), (49, 7, 2000),
                (260, 520, 24), (5, 3, 0), (40, 33, 0), (1410, 1500, 20), (130, 257, 5700),
            ];
        foreach ((int m, int n, int k) in shapes)
        {
            foreach (int form in Enumerable.Range(0, 4))
            {
                Check(gpu, m, n, k, (form & 1) != 0, (form & 2) != 0, offset: form, accumulate: false, withEpilogue: false);
                Check(gpu, m, n, k, (form & 1) != 0, (form & 2) != 0, offset: 0, accumulate: true, withEpilogue: true);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_NaN_reaches_its_row_and_column_only(string deviceName)
    {
        IlgpuDevice gpu = (IlgpuDevice)devices[deviceName];
        using Tape tape = new(gpu);
        foreach (int rows in new[] { 6, 20 })
        {
            float[] values = Values(1, rows * 9);
            values[3 * 9 + 7] = float.NaN;
            Tensor y = Linear.Apply(
                tape, tape.From(values, new Shape(rows, 9)), tape.From(Values(2, 5 * 9), new Shape(5, 9)));
            float[] got = y.ToArray();
            Assert.All(Enumerable.Range(0, got.Length), i => Assert.Equal(i / 5 == 3, float.IsNaN(got[i])));
        }
    }

    // Operands start at a column of wider matrices, so that rows lie apart and, for odd offsets, on no boundary.
    private static void Check(
        IlgpuDevice gpu, int m, int n, int k, bool aTransposed, bool bTransposed, int offset, bool accumulate,
        bool withEpilogue)
    {
        using HostDevice host = new(2);
        using Tape tape = new(gpu);
        using Tape hostTape = new(host);
        (int aRows, int aColumns) = aTransposed ? (k, m) : (m, k);
        (int bRows, int bColumns) = bTransposed ? (n, k) : (k, n);
        float[] a = Values(1, aRows * (aColumns + offset));
        float[] b = Values(2, bRows * (bColumns + offset));
        float[] c = Values(3, m * (n + offset));
        float[] bias = Values(4, n);
        float[] addend = Values(5, (m + Repeat - 1) / Repeat * n);

        Tensor Put(Tape where, float[] values, int rows, int columns) => where.From(values, new Shape(rows, columns));
        Tensor hostC = Put(hostTape, c, m, n + offset);
        Tensor deviceC = Put(tape, c, m, n + offset);
        Tensor deviceA = Put(tape, a, aRows, aColumns + offset);
        Tensor deviceB = Put(tape, b, bRows, bColumns + offset);
        int first = k == 0 ? 0 : offset; // nothing has no columns to skip
        DeviceEpilogue epilogue = withEpilogue
            ? new DeviceEpilogue(tape.From(bias, new Shape(n)), Put(tape, addend, addend.Length / n, n), Repeat)
            : default;
        DeviceGemm.Multiply(
            gpu, m, n, k,
            aTransposed ? DeviceMatrix.TransposeOf(deviceA, first) : DeviceMatrix.Of(deviceA, first),
            bTransposed ? DeviceMatrix.TransposeOf(deviceB, first) : DeviceMatrix.Of(deviceB, first),
            DeviceMatrix.Of(deviceC, offset), accumulate, epilogue);
        RunOnHost();

        float[] want = hostC.ToArray();
        float[] got = deviceC.ToArray();
        for (int i = 0; i < want.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToInt32Bits(want[i]) == BitConverter.SingleToInt32Bits(got[i]),
                $"{m} x {n} x {k} {aTransposed} {bTransposed} offset {offset} accumulate {accumulate}: "
                + $"C[{i / (n + offset)}, {i % (n + offset) - offset}] = {got[i]:R}, host {want[i]:R}");
        }

        unsafe void RunOnHost()
        {
            // The host's addend has the stride of C.
            float[] wide = new float[Math.Max(1, addend.Length / n * (n + offset))];
            for (int i = 0; i < addend.Length; i++)
            {
                wide[i / n * (n + offset) + i % n] = addend[i];
            }

            fixed (float* aPointer = a, bPointer = b, biasPointer = bias, addendPointer = wide)
            {
                HostGemm.Multiply(
                    host, m, n, k, new HostMatrix((nint)(aPointer + offset), aColumns + offset, aTransposed),
                    new HostMatrix((nint)(bPointer + offset), bColumns + offset, bTransposed), hostC.Pointer + offset,
                    n + offset, accumulate, withEpilogue ? new Epilogue(biasPointer, addendPointer, Repeat) : default);
            }
        }
    }

    private static float[] Values(uint seed, int count) =>
        count == 0 ? [] : [.. new CaseData(seed).Uniform("", new Shape(count)).Values.Select(v => (float)(2 * v - 1))];
}

using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>The matrix product itself against its definition in double, at every register width there is.</summary>
public sealed unsafe class HostGemmTests
{
    private const int Guard = 3; // floats between rows that must neither matter nor change
    private const float Untouched = 12345;

    private static readonly bool[] BothForms = [false, true];
    private static readonly int[] ThreadCounts = [1, 2, 3];
    private static readonly int[] BatchSizes = [1, 2, 5, 8, 9, 16, 17, 33];

    public static TheoryData<InstructionSet> Sets()
    {
        TheoryData<InstructionSet> data = [];
        foreach (InstructionSet set in Enum.GetValues<InstructionSet>().Where(HostInstructions.IsSupported))
        {
            data.Add(set);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_form_agrees_with_the_definition(InstructionSet instructions)
    {
        using HostDevice host = new(2, instructions);
        int[] rows = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 16, 17, 31, 100];
        (int Columns, int Depth)[] rest =
        [
            (1, 1), (7, 5), (8, 511), (16, 512), (31, 513), (32, 33), (33, 64), (63, 1100), (65, 16), (300, 40),
        ];
        foreach (int m in rows)
        {
            foreach ((int n, int k) in rest)
            {
                foreach (int form in Enumerable.Range(0, 4))
                {
                    Product product = new(m, n, k, (form & 1) != 0, (form & 2) != 0, host);
                    product.Check(accumulate: false, withEpilogue: false);
                    product.Check(accumulate: true, withEpilogue: true);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Wide_and_deep_products_agree_with_the_definition(InstructionSet instructions)
    {
        using HostDevice host = new(2, instructions);
        new Product(20, 4200, 10, false, false, host).Check(accumulate: false, withEpilogue: true);
        new Product(20, 4200, 10, true, true, host).Check(accumulate: true, withEpilogue: true);
        new Product(30, 40, 4100, true, false, host).Check(accumulate: false, withEpilogue: false);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void No_depth_gives_zero_or_leaves_the_sum(InstructionSet instructions)
    {
        using HostDevice host = new(2, instructions);
        foreach (int m in new[] { 5, 40 })
        {
            foreach (bool transposed in BothForms)
            {
                Product product = new(m, 33, 0, false, transposed, host);
                product.Check(accumulate: false, withEpilogue: true);
                product.Check(accumulate: true, withEpilogue: false);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_row_has_the_same_bits_in_any_batch(InstructionSet instructions)
    {
        const int Most = 50, Columns = 75, Depth = 600;
        using HostDevice host = new(2, instructions);
        foreach (bool transposed in BothForms)
        {
            Product all = new(Most, Columns, Depth, false, transposed, host);
            float[] whole = all.Run(accumulate: false, withEpilogue: false);
            foreach (int rows in BatchSizes)
            {
                float[] part = new Product(rows, Columns, Depth, false, transposed, host)
                    .Run(accumulate: false, withEpilogue: false);
                Assert.True(
                    part.AsSpan().SequenceEqual(whole.AsSpan(0, part.Length)), $"{rows} rows, transposed {transposed}");
            }
        }
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        foreach ((int m, int n, int k) in new[] { (5, 400, 600), (300, 700, 520) })
        {
            foreach (bool transposed in BothForms)
            {
                float[][] results = [.. ThreadCounts.Select(threads => Run(threads, m, n, k, transposed))];
                Assert.All(results, result => Assert.True(result.AsSpan().SequenceEqual(results[0])));
            }
        }
    }

    [Fact]
    public void A_NaN_reaches_its_row_and_column_only()
    {
        using HostDevice host = new(2);
        foreach (int m in new[] { 9, 40 })
        {
            Product product = new(m, 50, 300, false, true, host);
            product.A[3 * product.AStride + 7] = float.NaN;
            float[] c = product.Run(accumulate: false, withEpilogue: false);
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < 50; j++)
                {
                    Assert.Equal(i == 3, float.IsNaN(c[i * product.CStride + j]));
                }
            }
        }
    }

    private static float[] Run(int threads, int m, int n, int k, bool transposed)
    {
        using HostDevice host = new(threads);
        return new Product(m, n, k, true, transposed, host).Run(accumulate: true, withEpilogue: true);
    }

    /// <summary>A product's operands, with gaps between their rows.</summary>
    private sealed class Product
    {
        private const int Repeat = 3;

        private readonly int _m, _n, _k;
        private readonly bool _aTransposed, _bTransposed;
        private readonly HostDevice _host;
        private readonly int _bStride;
        private readonly float[] _b, _c, _bias, _addend;

        public Product(int m, int n, int k, bool aTransposed, bool bTransposed, HostDevice host)
        {
            (_m, _n, _k, _aTransposed, _bTransposed, _host) = (m, n, k, aTransposed, bTransposed, host);
            AStride = (aTransposed ? m : k) + Guard;
            _bStride = (bTransposed ? k : n) + Guard;
            CStride = n + Guard;
            A = Values(1, (aTransposed ? k : m) * AStride);
            _b = Values(2, (bTransposed ? n : k) * _bStride);
            _c = Values(3, m * CStride);
            _bias = Values(4, n);
            _addend = Values(5, (m + Repeat - 1) / Repeat * CStride);
            for (int i = 0; i < m; i++)
            {
                _c.AsSpan(i * CStride + n, Guard).Fill(Untouched);
            }
        }

        public float[] A { get; }

        public int AStride { get; }

        public int CStride { get; }

        public float[] Run(bool accumulate, bool withEpilogue)
        {
            float[] c = [.. _c];
            fixed (float* a = A, b = _b, target = c, bias = _bias, addend = _addend)
            {
                HostGemm.Multiply(
                    _host, _m, _n, _k, new HostMatrix((nint)a, AStride, _aTransposed),
                    new HostMatrix((nint)b, _bStride, _bTransposed), target, CStride, accumulate,
                    withEpilogue ? new Epilogue(bias, addend, Repeat) : default);
            }

            return c;
        }

        public void Check(bool accumulate, bool withEpilogue)
        {
            float[] c = Run(accumulate, withEpilogue);
            string name = $"{_m} x {_n} x {_k} {_aTransposed} {_bTransposed} accumulate {accumulate}";

            // Rounding n additions to sums of about sqrt(n) / 3 leaves n / 10 units of 2^-24 as a rule, and three times as many
            // where sums are largest; blocks of depth add up as squares. One product left out would be 0.1 and more.
            double depth = Math.Sqrt((double)_k * Math.Min(_k, HostGemm.DepthBlock));
            double limit = 1.5 * Math.Pow(2, -24) * depth + 1e-6;
            for (int i = 0; i < _m; i++)
            {
                for (int j = 0; j < CStride; j++)
                {
                    double want = j < _n ? Want(i, j, accumulate, withEpilogue) : Untouched;
                    float got = c[i * CStride + j];
                    Assert.True(Math.Abs(got - want) <= limit, $"{name}: C[{i}, {j}] is {got}, expected {want} +- {limit}");
                }
            }
        }

        private double Want(int i, int j, bool accumulate, bool withEpilogue)
        {
            double sum = accumulate ? _c[i * CStride + j] : 0;
            for (int p = 0; p < _k; p++)
            {
                double a = _aTransposed ? A[p * AStride + i] : A[i * AStride + p];
                double b = _bTransposed ? _b[j * _bStride + p] : _b[p * _bStride + j];
                sum += a * b;
            }

            return withEpilogue ? sum + _bias[j] + _addend[i / Repeat * CStride + j] : sum;
        }

        // Uniform in [-1, 1), so that sums of k products stay below 2 sqrt(k).
        private static float[] Values(uint seed, int count) =>
            [.. new CaseData(seed).Uniform("", new Shape(count)).Values.Select(v => (float)(2 * v - 1))];
    }
}

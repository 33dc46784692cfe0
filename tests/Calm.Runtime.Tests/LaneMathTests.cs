namespace Calm.Runtime.Tests;

public sealed unsafe class LaneMathTests
{
    [Theory]
    [ClassData(typeof(EveryInstructionSet))]
    public void Exp_is_within_two_ulp_over_every_binade(InstructionSet set)
    {
        float[] x = [.. Sweep(-87.33f, 88.72f, 100_001), .. Binades(1e-30f, 80f), .. Binades(1e-30f, 80f).Select(v => -v)];
        AssertUlp(x, Map(set, new ExpJob(), x), Math.Exp, 2);
    }

    [Theory]
    [ClassData(typeof(EveryInstructionSet))]
    public void Log_is_within_two_ulp_over_every_binade(InstructionSet set)
    {
        float[] x = [.. Binades(1.4e-45f, 3e38f), .. Sweep(0.5f, 2f, 100_001)];
        AssertUlp(x, Map(set, new LogJob(), x), Math.Log, 2);
    }

    [Theory]
    [ClassData(typeof(EveryInstructionSet))]
    public void Exp_at_its_limits(InstructionSet set)
    {
        float[] x = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 88.8f, 1000f, -200f, 0f];
        float[] y = Map(set, new ExpJob(), x);
        Assert.Equal([float.NaN, float.PositiveInfinity, 0f, float.PositiveInfinity, float.PositiveInfinity, 0f, 1f], y);
        Assert.InRange(Map(set, new ExpJob(), [-95f])[0], 5.4e-42f, 5.6e-42f); // subnormal
    }

    [Theory]
    [ClassData(typeof(EveryInstructionSet))]
    public void Log_at_its_limits(InstructionSet set)
    {
        float[] x = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, -1f, 0f, -0f, 1f];
        float[] y = Map(set, new LogJob(), x);
        float[] expected =
        [
            float.NaN, float.PositiveInfinity, float.NaN, float.NaN,
            float.NegativeInfinity, float.NegativeInfinity, 0f,
        ];
        Assert.Equal(expected, y);
    }

    [Theory]
    [ClassData(typeof(EveryInstructionSet))]
    public void Sigmoid_is_accurate_and_saturates(InstructionSet set)
    {
        float[] x = [.. Sweep(-80f, 80f, 10_001)];
        AssertUlp(x, Map(set, new SigmoidJob(), x), v => 1 / (1 + Math.Exp(-v)), 4);
        Assert.Equal([0f, 1f, float.NaN], Map(set, new SigmoidJob(), [-1000f, 1000f, float.NaN]));
    }

    [Theory]
    [ClassData(typeof(EveryInstructionSet))]
    public void Tanh_is_accurate_and_saturates(InstructionSet set)
    {
        float[] x = [.. Sweep(-12f, 12f, 100_001), .. Binades(1e-30f, 12f)];
        AssertUlp(x, Map(set, new TanhJob(), x), Math.Tanh, 3);
        Assert.Equal([-1f, 1f, float.NaN], Map(set, new TanhJob(), [-1000f, float.PositiveInfinity, float.NaN]));
    }

    [Theory]
    [ClassData(typeof(EveryInstructionSet))]
    public void Erf_is_accurate_and_saturates(InstructionSet set)
    {
        float[] x = [.. Sweep(-5f, 5f, 100_001), .. Binades(1e-30f, 5f)];
        AssertUlp(x, Map(set, new ErfJob(), x), ExactErf, 3);
        Assert.Equal([-1f, 1f, float.NaN], Map(set, new ErfJob(), [-1000f, float.PositiveInfinity, float.NaN]));
    }

    // e^-x^2 2 / sqrt(pi) times the sum of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)), whose terms have one sign.
    private static double ExactErf(double x)
    {
        double term = x;
        double sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private interface IMap
    {
        static abstract TLanes Apply<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>;
    }

    private readonly struct ExpJob : IMap
    {
        public static TLanes Apply<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Exp(x);
    }

    private readonly struct LogJob : IMap
    {
        public static TLanes Apply<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Log(x);
    }

    private readonly struct SigmoidJob : IMap
    {
        public static TLanes Apply<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Sigmoid(x);
    }

    private readonly struct TanhJob : IMap
    {
        public static TLanes Apply<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Tanh(x);
    }

    private readonly struct ErfJob : IMap
    {
        public static TLanes Apply<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Erf(x);
    }

    private readonly struct MapJob<TMap>(float* x, float* y, int count) : IChunkJob
        where TMap : unmanaged, IMap
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int i = 0; i < count; i += TLanes.Count)
            {
                TMap.Apply(TLanes.Load(x + i)).Store(y + i);
            }
        }
    }

    private static float[] Map<TMap>(InstructionSet set, TMap _, float[] x)
        where TMap : unmanaged, IMap
    {
        int padded = (x.Length + 15) / 16 * 16;
        float[] input = [.. x, .. new float[padded - x.Length]];
        float[] output = new float[padded];
        using ThreadTeam team = new(1, set);
        fixed (float* from = input, to = output)
        {
            team.Run(1, new MapJob<TMap>(from, to, padded));
        }

        return output[..x.Length];
    }

    private static IEnumerable<float> Sweep(float from, float to, int count) =>
        Enumerable.Range(0, count).Select(i => from + (to - from) * i / (count - 1));

    private static IEnumerable<float> Binades(float from, float to)
    {
        for (double x = from; x < to; x *= 1.0137)
        {
            yield return (float)x;
        }
    }

    private static void AssertUlp(float[] x, float[] y, Func<double, double> exact, double limit)
    {
        double worst = 0;
        float at = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double want = exact(x[i]);
            double ulp = Math.Max(MathF.BitIncrement(MathF.Abs((float)want)) - MathF.Abs((float)want), 1.4e-45);
            double error = Math.Abs(y[i] - want) / ulp;
            if (!(error <= worst))
            {
                (worst, at) = (error, x[i]);
            }
        }

        Assert.True(worst <= limit, $"{worst:F3} ulp at {at}, at most {limit}");
    }
}

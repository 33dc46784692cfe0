using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class AdamWCases : IOpCases
{
    private const double LearningRate = 3e-3;
    private const int Steps = 7;

    public IEnumerable<OpCase> All()
    {
        foreach (int count in new[] { 1, 31, 32, 33, 257, 32767, 32768, 32769, 1 << 20 })
        {
            yield return Of(count);
        }
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) => [Of(sizes.LayerParameters)];

    public CaseSweep Sweep => new(nameof(AdamW), [new("count", 1 << 20)], n => Of(n[0]));

    private static OpCase Of(int count)
    {
        CaseData data = new(31);
        int half = count / 2;
        AdamW.Options options = new();
        return new OpCase
        {
            Op = nameof(AdamW),
            Label = $"[{count}]",
            Inputs =
            [
                data.Normal("values", new Shape(count)), data.Normal("gradients", new Shape(count)),
                data.Normal("firstMoments", new Shape(count), 0.1),
                data.Uniform("secondMoments", new Shape(count)),
            ],
            Settings = new Dictionary<string, double>
            {
                ["learningRate"] = LearningRate, ["step"] = Steps, ["beta1"] = options.Beta1, ["beta2"] = options.Beta2,
                ["epsilon"] = options.Epsilon, ["weightDecay"] = options.WeightDecay, ["decayed"] = half,
            },
            Run = (tape, x) =>
            {
                ParameterRanges ranges = ParameterRanges.Of(tape, (0, half, true), (half, count - half, false));
                AdamW.Step(x[0], x[1], x[2], x[3], ranges, options, LearningRate, Steps);
                return [x[0], x[2], x[3]];
            },
            Reference = x => AdamW.Reference(x[0], x[1], x[2], x[3], i => i < half, options, LearningRate, Steps),
            Differentiable = false,
            Reason = "A dozen roundings of a few ulp each.",
            Forward = new Cost(15.0 * count, 28.0 * count),
        };
    }
}

internal sealed class GradientNormCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach (int count in new[] { 1, 31, 32, 33, 127, 128, 129, 257, 2049, 32767, 32769, 1 << 20 })
        {
            yield return Of(count);
        }
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) => [Of(sizes.LayerParameters)];

    public CaseSweep Sweep => new(nameof(GradientNorm), [new("count", 1 << 20)], n => Of(n[0]));

    private static OpCase Of(int count) => new()
    {
        Op = nameof(GradientNorm),
        Label = $"[{count}]",
        Inputs = [new CaseData(32).Normal("gradients", new Shape(count))],
        Run = (tape, x) =>
        {
            ParameterRanges ranges = ParameterRanges.Of(tape, (0, count, true));
            return [tape.From([(float)GradientNorm.Compute(tape, x[0], ranges)], new Shape(1))];
        },
        Reference = x => [[GradientNorm.Reference(x[0])]],
        Differentiable = false,
        Reason = "Squares add up in float lanes over at most 32768 elements, then in double.",
        Forward = new Cost(2.0 * count, 4.0 * count),
    };
}

internal sealed class MovingAverageCases : IOpCases
{
    private const double Decay = 0.99;

    public IEnumerable<OpCase> All()
    {
        foreach (int count in new[] { 1, 31, 33, 2049, 32769, 1 << 20 })
        {
            yield return Of(count);
        }
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) => [Of(sizes.LayerParameters)];

    public CaseSweep Sweep => new(nameof(MovingAverage), [new("count", 1 << 20)], n => Of(n[0]));

    private static OpCase Of(int count)
    {
        CaseData data = new(33);
        return new OpCase
        {
            Op = nameof(MovingAverage),
            Label = $"[{count}]",
            Settings = new Dictionary<string, double> { ["decay"] = Decay },
            Inputs = [data.Normal("average", new Shape(count)), data.Normal("values", new Shape(count))],
            Run = (tape, x) =>
            {
                MovingAverage.Step(tape, x[0], x[1], Decay);
                return [x[0]];
            },
            Reference = x => [MovingAverage.Reference(x[0], x[1], Decay)],
            Differentiable = false,
            Reason = "Two roundings an element, and that of the rate.",
            Forward = new Cost(2.0 * count, 12.0 * count),
        };
    }
}

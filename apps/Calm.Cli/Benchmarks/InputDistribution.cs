using Calm.Kernels;

namespace Calm.Cli;

/// <summary>The numbers that an op is timed on.</summary>
internal enum InputDistribution
{
    /// <summary>Those of the case.</summary>
    Case,

    /// <summary>Uniform in [0, 1).</summary>
    Uniform,

    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>Numbers below the least normal one.</summary>
    Denormals,

    /// <summary>Each row is zero but for a one.</summary>
    OneHot,
}

/// <summary>Replaces the numbers of a case. Inputs that are not normal numbers, such as ids, stay as they are.</summary>
internal static class InputNumbers
{
    /// <summary>The case on other numbers. Its definition would need other tolerances: it is checked before.</summary>
    public static OpCase Of(OpCase c, InputDistribution distribution, uint seed) => distribution == InputDistribution.Case
        ? c
        : c with { Inputs = [.. c.Inputs.Select((input, i) => Of(input, distribution, seed + (uint)i))] };

    private static CaseInput Of(CaseInput input, InputDistribution distribution, uint seed)
    {
        if (!input.IsAnyNumber)
        {
            return input;
        }

        CaseInput uniform = new CaseData(seed).Uniform(input.Name, input.Shape);
        int columns = input.Shape.Rank > 0 ? input.Shape[^1] : 1;
        return input with
        {
            Draw = distribution switch
            {
                InputDistribution.Uniform => uniform.Draw,
                InputDistribution.Zeros => () => new double[input.Shape.Count],
                InputDistribution.Denormals => () => [.. uniform.Draw().Select(x => (double)(float)(x * LeastNormal))],
                _ => () => OneHot((int)input.Shape.Count, columns),
            },
        };
    }

    private static double[] OneHot(int count, int columns)
    {
        double[] values = new double[count];
        for (int row = 0; row < count / columns; row++)
        {
            values[(row * columns) + (row % columns)] = 1;
        }

        return values;
    }

    private const double LeastNormal = 1.1754943508222875e-38;
}

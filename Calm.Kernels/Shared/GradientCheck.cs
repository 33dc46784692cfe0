using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Compares the gradients of a case with central differences of its definition.</summary>
/// <remarks>
/// Up to <see cref="FewElements"/> elements every partial derivative is taken. Beyond that, derivatives along two random
/// directions of +-1 for each input: one wrong element shifts such a sum by about the element's own size, which the limit,
/// a small fraction of the gradient's norm, does not let through. Halving the direction that differs finds the element.
/// </remarks>
internal sealed class GradientCheck
{
    private const int FewElements = 160;
    private const double Distance = 1e-5;

    private readonly OpCase _case;
    private readonly double _tolerance;
    private readonly CaseInput _input;
    private readonly string _name;
    private readonly double[] _got;
    private readonly double[] _x;
    private readonly Func<double> _objective;

    private GradientCheck(OpCase c, Device device, CaseInput input, double[] got, double[] x, Func<double> objective)
    {
        _case = c;
        _tolerance = c.TolerancesOn(device).Gradient;
        _input = input;
        _name = $"{c.Name} d{input.Name}";
        _got = got;
        _x = x;
        _objective = objective;
    }

    /// <summary>Checks the gradients of all inputs that have one.</summary>
    /// <param name="c">The case.</param>
    /// <param name="device">The device that it ran on.</param>
    /// <param name="run">Its results there.</param>
    /// <param name="values">The inputs; changed on the way, and as they were at the end.</param>
    public static IEnumerable<CaseResult> Check(OpCase c, Device device, CaseRun run, double[][] values)
    {
        double Objective() => Inner(c.Reference(values), run.Cotangents);
        for (int i = 0; i < values.Length; i++)
        {
            CaseInput input = c.Inputs[i];
            if (input.Differentiable)
            {
                double[] got = run.Gradient(input) ?? new double[input.Shape.Count];
                GradientCheck check = new(c, device, input, got, values[i], Objective);
                foreach (CaseResult result in got.Length <= FewElements ? [check.EveryElement()] : check.Directions())
                {
                    yield return result;
                }
            }
        }
    }

    private CaseResult EveryElement()
    {
        double[] want = new double[_x.Length];
        for (int i = 0; i < want.Length; i++)
        {
            want[i] = Derivative(i);
        }

        return CaseComparison.Compare(
            _name, _got, want, _tolerance, _case.GradientFloor, CaseRun.SizesOf(_input.Shape));
    }

    private IEnumerable<CaseResult> Directions()
    {
        double norm = Math.Sqrt(_got.Sum(g => g * g));
        for (uint trial = 0; trial < 2; trial++)
        {
            CaseInput signs = new CaseData(900 + trial).Integers("signs", new Shape(_x.Length), 2);
            double[] direction = [.. signs.Values.Select(v => 2 * v - 1)];
            double error = Math.Abs(Slope(direction, 0, _x.Length) - Derivative(direction, 0, _x.Length));
            CaseResult result = new(_name, error, _tolerance * norm + _case.GradientFloor);
            yield return result.Passed ? result : result with { Worst = Find(direction) };
        }
    }

    /// <summary>An element whose derivative is wrong: the half of the direction that differs more, halved again.</summary>
    private ElementDifference Find(double[] direction)
    {
        (int start, int end) = (0, _x.Length);
        while (end - start > 1)
        {
            int middle = (start + end) / 2;
            double left = Math.Abs(Slope(direction, start, middle) - Derivative(direction, start, middle));
            double right = Math.Abs(Slope(direction, middle, end) - Derivative(direction, middle, end));
            (start, end) = left >= right || double.IsNaN(left) ? (start, middle) : (middle, end);
        }

        double[] want = new double[_x.Length];
        want[start] = Derivative(start);
        return ElementDifference.At(start, CaseRun.SizesOf(_input.Shape), _got, want);
    }

    private double Slope(double[] direction, int start, int end)
    {
        double slope = 0;
        for (int i = start; i < end; i++)
        {
            slope += _got[i] * direction[i];
        }

        return slope;
    }

    private double Derivative(int element) => Derivative(null, element, element + 1);

    /// <summary>The derivative of the objective along a part of a direction; along an axis for none.</summary>
    private double Derivative(double[]? direction, int start, int end)
    {
        double[] at = _x[start..end];
        Move(Distance);
        double above = _objective();
        Move(-Distance);
        double below = _objective();
        at.CopyTo(_x, start);
        return (above - below) / (2 * Distance);

        void Move(double distance)
        {
            for (int i = start; i < end; i++)
            {
                _x[i] = at[i - start] + distance * (direction is null ? 1 : direction[i]);
            }
        }
    }

    private static double Inner(double[][] outputs, double[][] cotangents)
    {
        double sum = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            for (int k = 0; k < outputs[i].Length; k++)
            {
                sum += outputs[i][k] * cotangents[i][k];
            }
        }

        return sum;
    }
}

using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Runs a case on a device: outputs against the definition, gradients against central differences of the definition; between
/// guard bands, and then again for equal bits.
/// </summary>
/// <remarks>
/// Up to <see cref="FewElements"/> elements every partial derivative is taken. Beyond that, derivatives along two random
/// directions of +-1 for each input: one wrong element shifts such a sum by about the element's own size, which the limit,
/// a small fraction of the gradient's norm, does not let through.
/// </remarks>
public static class CaseRunner
{
    private const int FewElements = 160;
    private const double Absolute = 1e-7;
    private const double Difference = 1e-5;

    /// <summary>Checks a case: definition, gradients, guard bands and equal bits of a second run.</summary>
    /// <param name="c">The case.</param>
    /// <param name="device">The device to run it on.</param>
    /// <returns>All comparisons; the case passed if all of them did.</returns>
    public static IReadOnlyList<CaseResult> Check(OpCase c, Device device)
    {
        (CaseRun run, List<CaseResult> results) = RunGuarded(c, device);
        double[][] values = [.. c.Inputs.Select(input => input.Values)];
        double[][] wanted = c.Reference(values);
        if (run.OutputCount != wanted.Length)
        {
            throw new InvalidOperationException($"{c.Name}: {run.OutputCount} outputs, {wanted.Length} references.");
        }

        for (int i = 0; i < wanted.Length; i++)
        {
            results.Add(Compare($"{c.Name} output {i}", run.Output(i), wanted[i], c.TolerancesOn(device).Output));
        }

        if (c.Differentiable)
        {
            CheckGradients(c, device, run, values, results);
        }

        return results;
    }

    /// <summary>Runs a case as models do, on a tape of its own.</summary>
    public static CaseRun Run(OpCase c, Device device)
    {
        using Tape tape = new(device, recording: c.Differentiable);
        return CaseRun.On(c, tape);
    }

    /// <summary>Runs a case between guard bands, and again as models do: the bits must be the same.</summary>
    private static (CaseRun Run, List<CaseResult> Results) RunGuarded(OpCase c, Device device)
    {
        CaseRun guarded;
        IReadOnlyList<string> overruns;
        using (Tape tape = Tape.Guarded(device, recording: c.Differentiable))
        {
            guarded = CaseRun.On(c, tape);
            overruns = tape.Overruns();
        }

        string bounds = overruns.Count == 0 ? "bounds" : string.Join("; ", overruns);
        string? difference = guarded.FirstDifference(Run(c, device));
        return (guarded,
        [
            new CaseResult($"{c.Name} {bounds}", overruns.Count, 0, CaseCheck.Bounds),
            new CaseResult(
                $"{c.Name} {(difference is null ? "" : difference + " ")}repeats", difference is null ? 0 : 1, 0,
                CaseCheck.Repeat),
        ]);
    }

    /// <summary>An input as the op gets it.</summary>
    public static Tensor Upload(Tape tape, CaseInput input)
    {
        if (input.IsInteger)
        {
            return tape.FromIntegers(input.Values.Select(v => (int)v).ToArray(), input.Shape);
        }

        Tensor tensor = tape.From(input.Values.Select(v => (float)v).ToArray(), input.Shape);
        tensor.RequiresGradient = input.Differentiable;
        return tensor;
    }

    /// <summary>The largest difference against a limit relative to the greatest wanted magnitude.</summary>
    public static CaseResult Compare(
        string name, double[] got, double[] want, double tolerance, double floor = Absolute)
    {
        if (got.Length != want.Length)
        {
            throw new InvalidOperationException($"{name}: {got.Length} elements, {want.Length} wanted.");
        }

        double error = 0;
        double scale = 0;
        for (int i = 0; i < got.Length; i++)
        {
            double difference = Math.Abs(got[i] - want[i]);
            error = double.IsNaN(difference) || double.IsNaN(error) ? double.NaN : Math.Max(error, difference);
            scale = Math.Max(scale, Math.Abs(want[i]));
        }

        return new CaseResult(name, error, tolerance * scale + floor);
    }

    private static void CheckGradients(OpCase c, Device device, CaseRun run, double[][] values, List<CaseResult> results)
    {
        double Objective() => Inner(c.Reference(values), run.Cotangents);
        for (int i = 0; i < values.Length; i++)
        {
            CaseInput input = c.Inputs[i];
            if (input.Differentiable)
            {
                string name = $"{c.Name} d{input.Name}";
                double[] got = run.Gradient(input) ?? new double[input.Shape.Count];
                results.AddRange(got.Length <= FewElements
                    ? [CheckEveryElement(name, got, values[i], Objective, c, device)]
                    : CheckDirections(name, got, values[i], Objective, c, device));
            }
        }
    }

    private static CaseResult CheckEveryElement(
        string name, double[] got, double[] x, Func<double> objective, OpCase c, Device device)
    {
        double[] want = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double at = x[i];
            x[i] = at + Difference;
            double above = objective();
            x[i] = at - Difference;
            double below = objective();
            x[i] = at;
            want[i] = (above - below) / (2 * Difference);
        }

        return Compare(name, got, want, c.TolerancesOn(device).Gradient, c.GradientFloor);
    }

    private static IEnumerable<CaseResult> CheckDirections(
        string name, double[] got, double[] x, Func<double> objective, OpCase c, Device device)
    {
        double norm = Math.Sqrt(got.Sum(g => g * g));
        double[] at = [.. x];
        for (uint trial = 0; trial < 2; trial++)
        {
            CaseInput signs = new CaseData(900 + trial).Integers("signs", new Shape(x.Length), 2);
            double[] direction = [.. signs.Values.Select(v => 2 * v - 1)];
            double slope = 0;
            for (int i = 0; i < x.Length; i++)
            {
                slope += got[i] * direction[i];
            }

            Move(Difference);
            double above = objective();
            Move(-Difference);
            double below = objective();
            at.CopyTo(x, 0);
            double want = (above - below) / (2 * Difference);
            yield return new CaseResult(name, Math.Abs(slope - want), c.TolerancesOn(device).Gradient * norm + c.GradientFloor);

            void Move(double distance)
            {
                for (int i = 0; i < x.Length; i++)
                {
                    x[i] = at[i] + distance * direction[i];
                }
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

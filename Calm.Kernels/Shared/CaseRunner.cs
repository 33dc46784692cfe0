using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>One comparison of a case.</summary>
/// <param name="Name">Op, shapes and what was compared.</param>
/// <param name="Error">Greatest difference found; NaN if either side is not finite where the other is.</param>
/// <param name="Limit">Greatest difference allowed.</param>
internal sealed record CaseResult(string Name, double Error, double Limit)
{
    /// <summary>Whether the difference is small enough; a NaN never is.</summary>
    public bool Passed => Error <= Limit;
}

/// <summary>
/// Runs a case on a device: outputs against the definition, gradients against central differences of the definition.
/// </summary>
/// <remarks>
/// Up to <see cref="FewElements"/> elements every partial derivative is taken. Beyond that, derivatives along two random
/// directions of +-1 for each input: one wrong element shifts such a sum by about the element's own size, which the limit,
/// a small fraction of the gradient's norm, does not let through.
/// </remarks>
internal static class CaseRunner
{
    private const int FewElements = 160;
    private const double Absolute = 1e-7;
    private const double Difference = 1e-5;

    /// <summary>All comparisons of a case.</summary>
    public static IReadOnlyList<CaseResult> Check(OpCase c, Device device)
    {
        using Tape tape = new(device, recording: c.Differentiable);
        List<CaseResult> results = [];
        Tensor[] inputs = [.. c.Inputs.Select(input => Upload(tape, input))];
        double[][] values = [.. c.Inputs.Select(input => input.Values)];
        double[][] wanted = c.Reference(values);
        Tensor[] outputs = c.Run(tape, inputs);
        if (outputs.Length != wanted.Length)
        {
            throw new InvalidOperationException($"{c.Name}: {outputs.Length} outputs, {wanted.Length} references.");
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            double[] got = Read(outputs[i]);
            results.Add(Compare($"{c.Name} output {i}", got, wanted[i], c.TolerancesOn(device).Output));
        }

        if (c.Differentiable)
        {
            CheckGradients(c, tape, inputs, outputs, values, results);
        }

        return results;
    }

    /// <summary>An input as the op gets it.</summary>
    public static Tensor Upload(Tape tape, CaseInput input)
    {
        if (input.IsInteger)
        {
            return tape.From(input.Values.Select(v => (int)v).ToArray(), input.Shape);
        }

        Tensor tensor = tape.From(input.Values.Select(v => (float)v).ToArray(), input.Shape);
        tensor.RequiresGradient = input.Differentiable;
        return tensor;
    }

    /// <summary>Greatest difference against a limit relative to the greatest wanted magnitude.</summary>
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

    private static void CheckGradients(
        OpCase c, Tape tape, Tensor[] inputs, Tensor[] outputs, double[][] values, List<CaseResult> results)
    {
        CaseData data = new(77);
        double[][] cotangents = new double[outputs.Length][];
        for (int i = 0; i < outputs.Length; i++)
        {
            CaseInput cotangent = data.Normal("cotangent", outputs[i].Shape);
            cotangents[i] = cotangent.Values;
            outputs[i].SetGradient(tape.From(cotangent.Values.Select(v => (float)v).ToArray(), outputs[i].Shape));
        }

        tape.Backward();
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!c.Inputs[i].Differentiable)
            {
                continue;
            }

            string name = $"{c.Name} d{c.Inputs[i].Name}";
            double[] got = inputs[i].Gradient is { } gradient ? Read(gradient) : new double[inputs[i].Count];
            double Objective() => Inner(c.Reference(values), cotangents);
            results.AddRange(got.Length <= FewElements
                ? [CheckEveryElement(name, got, values[i], Objective, c, tape.Device)]
                : CheckDirections(name, got, values[i], Objective, c, tape.Device));
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

    private static double[] Read(Tensor tensor) =>
        tensor.ElementType == ElementType.Int32
            ? [.. tensor.ToIntegerArray().Select(v => (double)v)]
            : [.. tensor.ToArray().Select(v => (double)v)];
}

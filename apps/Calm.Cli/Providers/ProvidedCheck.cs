using Calm.Kernels;

namespace Calm.Cli;

/// <summary>Compares the results of a provider with ours.</summary>
internal static class ProvidedCheck
{
    // Both sides may differ from the definition, and a library adds in an order of its own.
    private const double TimesOurTolerance = 4;

    /// <summary>Runs a case by a provider and compares outputs and gradients.</summary>
    /// <param name="c">The case.</param>
    /// <param name="ours">Our results.</param>
    /// <param name="theirs">The case as the provider computes it.</param>
    public static IEnumerable<CaseResult> Results(OpCase c, CaseRun ours, IProvidedOp theirs)
    {
        theirs.Reset();
        theirs.Forward();
        IReadOnlyList<float[]> outputs = theirs.Outputs();
        if (outputs.Count != ours.OutputCount)
        {
            throw new InvalidOperationException($"{c.Name}: {outputs.Count} outputs, {ours.OutputCount} of ours.");
        }

        for (int i = 0; i < ours.OutputCount; i++)
        {
            yield return CaseComparison.Compare(
                $"{c.Name} output {i}", Doubles(outputs[i]), ours.Output(i), TimesOurTolerance * c.Tolerance);
        }

        if (!theirs.HasBackward)
        {
            yield break;
        }

        theirs.Backward();
        IReadOnlyList<float[]?> gradients = theirs.Gradients();
        for (int i = 0; i < c.Inputs.Count; i++)
        {
            if (ours.Gradient(c.Inputs[i]) is { } wanted)
            {
                yield return CaseComparison.Compare(
                    $"{c.Name} d{c.Inputs[i].Name}", Doubles(gradients[i] ?? []), wanted, TimesOurTolerance * c.GradientTolerance,
                    TimesOurTolerance * c.GradientFloor);
            }
        }
    }

    /// <summary>The numbers of a case as providers get them.</summary>
    public static ProvidedOperands Operands(OpCase c, CaseRun ours) =>
        new([.. c.Inputs.Select(input => Floats(input.Values))], [.. ours.Cotangents.Select(Floats)]);

    private static float[] Floats(double[] values) => [.. values.Select(value => (float)value)];

    private static double[] Doubles(float[] values) => [.. values.Select(value => (double)value)];
}

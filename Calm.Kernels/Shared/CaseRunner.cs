using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Runs a case on a device: outputs against the definition, gradients against central differences of the definition; between
/// guard bands, and then again for equal bits.
/// </summary>
public static class CaseRunner
{
    /// <summary>Checks a case: definition, gradients, guard bands and equal bits of a second run.</summary>
    /// <param name="c">The case.</param>
    /// <param name="device">The device to run it on.</param>
    /// <returns>All comparisons; the case passed if all of them did.</returns>
    public static IReadOnlyList<CaseResult> Check(OpCase c, Device device) => Check(c, device, out _);

    /// <summary>Checks a case and keeps what was compared.</summary>
    /// <param name="c">The case.</param>
    /// <param name="device">The device to run it on.</param>
    /// <param name="run">The outputs and gradients that were compared.</param>
    /// <returns>All comparisons; the case passed if all of them did.</returns>
    public static IReadOnlyList<CaseResult> Check(OpCase c, Device device, out CaseRun run)
    {
        (run, List<CaseResult> results) = RunGuarded(c, device);
        double[][] values = [.. c.Inputs.Select(input => input.Values)];
        double[][] wanted = c.Reference(values);
        if (run.OutputCount != wanted.Length)
        {
            throw new InvalidOperationException($"{c.Name}: {run.OutputCount} outputs, {wanted.Length} references.");
        }

        for (int i = 0; i < wanted.Length; i++)
        {
            results.Add(CaseComparison.Compare(
                $"{c.Name} output {i}", run.Output(i), wanted[i], c.TolerancesOn(device).Output, sizes: run.Sizes(i)));
            if (run.Unrounded(i) is { } unrounded)
            {
                results.Add(new CaseResult($"{c.Name} output {i}: elements that are no bfloat16", unrounded, 0));
            }
        }

        if (c.Differentiable)
        {
            results.AddRange(GradientCheck.Check(c, device, run, values));
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

        Tensor tensor = tape.Rent(
            input.Shape, "input", input.IsActivation ? tape.ActivationType : ElementType.Float32);
        tensor.CopyFrom(input.Values.Select(v => (float)v).ToArray());
        tensor.RequiresGradient = input.Differentiable;
        return tensor;
    }
}

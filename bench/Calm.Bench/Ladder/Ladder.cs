using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>A version of an op's forward kernel.</summary>
/// <param name="Name">A description in a few words.</param>
/// <param name="Run">Computes the output from the op's inputs, as <see cref="OpCase.Run"/> does.</param>
internal sealed record Rung(string Name, Func<Tape, Tensor[], Tensor> Run);

/// <summary>
/// The versions of one op's forward kernel, from naive to the one that is used, all of them held to the op's own cases.
/// </summary>
/// <param name="Op">The op.</param>
/// <param name="Cases">Its cases.</param>
/// <param name="Timed">Sizes to time, cases too.</param>
/// <param name="Copy">Moves the bytes of the op and computes nothing; null for an op that memory does not bound.</param>
/// <param name="Rungs">The versions, the one in use last.</param>
internal sealed record Ladder(
    string Op, IReadOnlyList<OpCase> Cases, IReadOnlyList<OpCase> Timed, Rung? Copy, IReadOnlyList<Rung> Rungs)
{
    private const int MostEmulatedElements = 4096;

    /// <summary>The copy, if there is one, and the versions.</summary>
    public IReadOnlyList<Rung> All => [.. Copy is null ? Rungs : Rungs.Prepend(Copy)];

    /// <summary>Compares a version with the op's definition, at every size that the device can compute in good time.</summary>
    public IEnumerable<CaseResult> Check(Rung rung, Device device) =>
        Cases.Concat(Timed)
            .Where(c => device.Kind != DeviceKind.Emulated || c.Inputs.All(input => input.Shape.Count < MostEmulatedElements))
            .SelectMany(c => CaseRunner.Check(With(c, rung), device));

    /// <summary>Compiles a version's kernels for NVIDIA's GPUs; without ptxas their registers are not known.</summary>
    public IReadOnlyList<KernelReport> Compile(Rung rung, Ptxas? ptxas) =>
        KernelReport.Of(
            KernelSources.Of([.. Cases.Select(c => With(c, rung))], [SourceLanguage.Ptx], KernelFamily.Tiled), ptxas);

    /// <summary>
    /// A case of the op that runs this version instead, on floats in any precision; the copy must hand on the op's first input.
    /// </summary>
    public OpCase With(OpCase c, Rung rung) => c with
    {
        Label = $"{c.Label}, {rung.Name}",
        Inputs = [.. c.Inputs.Select(input => input with { IsActivation = false })],
        Run = (tape, x) => [rung.Run(tape, x)],
        Reference = rung == Copy ? x => [x[0]] : c.Reference,
        Tolerance = rung == Copy ? 0 : c.Tolerance,
        Differentiable = false,
    };
}

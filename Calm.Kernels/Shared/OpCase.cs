using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// One op at one set of shapes, with its definition in double. From it come the comparison of every device, the gradient
/// check, <c>calm verify</c> and <c>calm bench</c>.
/// </summary>
internal sealed record OpCase
{
    /// <summary>The op's name.</summary>
    public required string Op { get; init; }

    /// <summary>Sizes and options that tell this case from the op's others.</summary>
    public required string Label { get; init; }

    /// <summary>The inputs.</summary>
    public required IReadOnlyList<CaseInput> Inputs { get; init; }

    /// <summary>Calls the op as a model does.</summary>
    public required Func<Tape, Tensor[], Tensor[]> Run { get; init; }

    /// <summary>The expected outputs, from the same inputs: one array for each output of <see cref="Run"/>.</summary>
    public required Func<double[][], double[][]> Reference { get; init; }

    /// <summary>Greatest |got - want| of an output as a fraction of its greatest |want|.</summary>
    public double Tolerance { get; init; } = 2e-6;

    /// <summary>The same for gradients.</summary>
    public double GradientTolerance { get; init; } = 1e-5;

    /// <summary>Difference allowed in any gradient, however small: where large terms cancel.</summary>
    public double GradientFloor { get; init; } = 1e-7;

    /// <summary>
    /// Whether the op computes from rounded operands where <see cref="Device.Precision"/> is bfloat16, whose 8 bits then
    /// decide how much may differ.
    /// </summary>
    public bool RoundsOperands { get; init; }

    /// <summary>Why the tolerances are what they are.</summary>
    public required string Reason { get; init; }

    /// <summary>Whether gradients flow: false for integer results and optimisers.</summary>
    public bool Differentiable { get; init; } = true;

    /// <summary>Cost of a forward call; null for cases that are not worth timing.</summary>
    public Cost? Forward { get; init; }

    /// <summary>Cost of the backward step alone.</summary>
    public Cost? Backward { get; init; }

    /// <summary>Tolerances of outputs and of gradients on a device.</summary>
    public (double Output, double Gradient) TolerancesOn(Device device) =>
        RoundsOperands && device.Precision == Precision.BFloat16
            ? (RoundedTolerance, RoundedTolerance)
            : (Tolerance, GradientTolerance);

    // Four times the rounding of one operand: both are rounded, and in backward so is what came from rounded ones.
    private const double RoundedTolerance = 4.0 / 256;

    /// <summary>Op and label.</summary>
    public string Name => $"{Op} {Label}";
}

/// <summary>One operand of an <see cref="OpCase"/>.</summary>
/// <param name="Name">Name in messages.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Its elements, all of them exact floats or, for integers, exact integers.</param>
/// <param name="Differentiable">Whether its gradient is checked.</param>
/// <param name="IsInteger">Whether it holds ids rather than floats.</param>
internal sealed record CaseInput(
    string Name, Shape Shape, double[] Values, bool Differentiable = true, bool IsInteger = false);

/// <summary>Least cost of a call.</summary>
/// <param name="Flops">Operations, 2 a multiply-add; those of other kinds as <see cref="Operations"/> counts them.</param>
/// <param name="Bytes">Bytes read and written once each.</param>
internal readonly record struct Cost(double Flops, double Bytes);

/// <summary>The cases of one op; found by this interface, registered nowhere.</summary>
internal interface IOpCases
{
    /// <summary>Every case, from one element to a real size.</summary>
    IEnumerable<OpCase> All();
}

/// <summary>Finds the cases of all ops.</summary>
internal static class OpCases
{
    /// <summary>All cases of this assembly, by op name.</summary>
    public static IReadOnlyList<OpCase> Find() =>
    [
        .. typeof(OpCases).Assembly.GetTypes()
            .Where(type => type.IsClass && typeof(IOpCases).IsAssignableFrom(type))
            .Select(type => (IOpCases)Activator.CreateInstance(type)!)
            .SelectMany(cases => cases.All())
            .OrderBy(c => c.Op, StringComparer.Ordinal),
    ];
}

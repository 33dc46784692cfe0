using System.Collections.ObjectModel;
using System.Reflection;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// One op at one set of shapes, with its definition in double. It serves the comparison of every device with the definition,
/// the gradient check, <c>calm verify</c>, <c>calm bench</c> and <c>calm kernels</c>.
/// </summary>
public sealed record OpCase
{
    /// <summary>The op's name.</summary>
    public required string Op { get; init; }

    /// <summary>Sizes and options, unique among the cases of the op.</summary>
    public required string Label { get; init; }

    /// <summary>The operands.</summary>
    public required IReadOnlyList<CaseInput> Inputs { get; init; }

    /// <summary>Numbers that the op takes beside its inputs, by name, for those who compute the case in another way.</summary>
    public IReadOnlyDictionary<string, double> Settings { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>The sizes by the names of its <see cref="CaseSweep"/>; empty for a case that came from none.</summary>
    public IReadOnlyDictionary<string, int> Sizes { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>The random numbers that the op draws, from the elements of the inputs; null if it draws none.</summary>
    public Func<double[][], double[]>? Noise { get; init; }

    /// <summary>Calls the op on a tape with the operands; returns its outputs.</summary>
    public required Func<Tape, Tensor[], Tensor[]> Run { get; init; }

    /// <summary>The definition in double: the elements of each output of <see cref="Run"/> from those of the operands.</summary>
    public required Func<double[][], double[][]> Reference { get; init; }

    /// <summary>Largest |got - want| of an output that is allowed, as a fraction of the largest |want|.</summary>
    public double Tolerance { get; init; } = 2e-6;

    /// <summary>The same for gradients.</summary>
    public double GradientTolerance { get; init; } = 1e-5;

    /// <summary>Difference allowed in any gradient, however small: where large terms cancel.</summary>
    public double GradientFloor { get; init; } = 1e-7;

    /// <summary>
    /// Whether the op computes from rounded operands, or rounds its result, where <see cref="Device.Precision"/> is bfloat16,
    /// whose 8 bits then decide how much may differ.
    /// </summary>
    public bool RoundsOperands { get; init; }

    /// <summary>The reason for the tolerances.</summary>
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
/// <param name="Name">Its name in messages.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Draw">Makes its elements when they are first needed: to list cases costs no numbers.</param>
/// <param name="Differentiable">Whether its gradient is checked.</param>
/// <param name="IsInteger">Whether it holds ids rather than floats.</param>
/// <param name="IsActivation">Whether it is of <see cref="Tape.ActivationType"/> rather than floats.</param>
/// <param name="IsAnyNumber">Whether any floats will do, so that a benchmark may take others.</param>
public sealed record CaseInput(
    string Name, Shape Shape, Func<double[]> Draw, bool Differentiable = true, bool IsInteger = false,
    bool IsActivation = false, bool IsAnyNumber = false)
{
    /// <summary>Its elements, all of them exact floats or, for integers, exact integers.</summary>
    public double[] Values => field ??= Draw();
}

/// <summary>The least work of a call.</summary>
/// <param name="Flops">Operations, 2 a multiply-add; those of other kinds as <see cref="Operations"/> counts them.</param>
/// <param name="Bytes">Bytes read and written once each.</param>
public readonly record struct Cost(double Flops, double Bytes);

/// <summary>The cases of one op. A class with this interface and a constructor without parameters is found by it.</summary>
public interface IOpCases
{
    /// <summary>Every case, from one element to a real size.</summary>
    IEnumerable<OpCase> All();

    /// <summary>The cases of a model, for benchmarks alone: too large for a definition. None by default.</summary>
    /// <param name="sizes">The model's sizes.</param>
    IEnumerable<OpCase> At(CaseSizes sizes) => [];

    /// <summary>The op at any sizes, for benchmarks that vary them; null, the default, if it cannot be asked for.</summary>
    CaseSweep? Sweep => null;
}

/// <summary>Finds the cases of all ops.</summary>
public static class OpCases
{
    /// <summary>All cases of Calm's own ops, by op name.</summary>
    public static IReadOnlyList<OpCase> Find() => Find(typeof(OpCases).Assembly);

    /// <summary>All cases of an assembly, by op name.</summary>
    /// <param name="assembly">Any assembly that references this one.</param>
    public static IReadOnlyList<OpCase> Find(Assembly assembly) => Find(assembly, static cases => cases.All());

    /// <summary>Cases of an assembly at the sizes of a model, by op name, for benchmarks.</summary>
    /// <param name="assembly">Any assembly that references this one.</param>
    /// <param name="sizes">The model's sizes.</param>
    public static IReadOnlyList<OpCase> FindAt(Assembly assembly, CaseSizes sizes) => Find(assembly, cases => cases.At(sizes));

    /// <summary>Ops of an assembly that take any sizes, by name.</summary>
    /// <param name="assembly">Any assembly that references this one.</param>
    public static IReadOnlyList<CaseSweep> Sweeps(Assembly assembly) =>
    [
        .. Classes(assembly).Select(cases => cases.Sweep).OfType<CaseSweep>()
            .OrderBy(sweep => sweep.Op, StringComparer.Ordinal),
    ];

    private static IReadOnlyList<OpCase> Find(Assembly assembly, Func<IOpCases, IEnumerable<OpCase>> wanted) =>
        [.. Classes(assembly).SelectMany(wanted).OrderBy(c => c.Op, StringComparer.Ordinal)];

    private static IEnumerable<IOpCases> Classes(Assembly assembly) => assembly.GetTypes()
        .Where(type => typeof(IOpCases).IsAssignableFrom(type))
        .Where(type => type is { IsAbstract: false, ContainsGenericParameters: false })
        .Where(type => type.GetConstructor(Type.EmptyTypes) is not null)
        .Select(type => (IOpCases)Activator.CreateInstance(type)!);
}

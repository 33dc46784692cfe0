using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The columns of a position that an op takes from a modulation, as a compile-time constant.</summary>
internal interface IModulationForm
{
    /// <summary>
    /// Whether y = x * (1 + scale) + shift, with the shifts before the scales; otherwise y = x * gate + an addend of its own.
    /// </summary>
    static abstract bool HasShift { get; }
}

/// <summary>The columns of <see cref="Modulate"/>.</summary>
internal readonly struct ShiftAndScale : IModulationForm
{
    public static bool HasShift => true;
}

/// <summary>The columns of <see cref="GatedResidual"/>.</summary>
internal readonly struct Gate : IModulationForm
{
    public static bool HasShift => false;
}

/// <summary>
/// The work that <see cref="Modulate"/> and <see cref="GatedResidual"/> share: P positions of S draws each, whose rows are
/// multiplied by factors of their position.
/// </summary>
internal static partial class Modulation
{
    /// <summary>Checks that rows are draws of the modulation's positions, and that its columns reach far enough.</summary>
    public static void CheckSizes(string op, Tensor x, Tensor modulation, int columns, int draws)
    {
        Check.That(draws >= 1, op, "draws", draws, "at least 1");
        Check.That(
            x.Rows == (long)modulation.Rows * draws, op, "rows of x", x.Rows,
            $"{modulation.Rows} positions of {draws} draws");
        Check.That(modulation.Columns >= columns, op, "columns of modulation", modulation.Columns, $"at least {columns}");
    }

    /// <summary>Tells a profile that an op reads only some columns of a modulation.</summary>
    public static void CountColumns(Tape tape, Tensor modulation, int columns) =>
        tape.Device.Profiler?.Count(
            0, Tensor.ElementSize * ((double)modulation.Rows * columns - modulation.Count));

    /// <summary>
    /// The gradient of a modulation, zero at first, since each op adds only to its own columns; null if it needs none.
    /// </summary>
    public static Tensor? GradientOf(Tape tape, Tensor modulation)
    {
        if (!modulation.RequiresGradient)
        {
            return null;
        }

        (Tensor target, bool accumulate) = tape.TargetFor(modulation);
        if (!accumulate)
        {
            target.Clear();
        }

        return target;
    }

    /// <summary>y = x * factor + addend; the addend is null if it is the shift.</summary>
    internal readonly partial struct Forward<TForm>(
        Tensor x, Tensor modulation, int first, int draws, Tensor? addend, Tensor y) : IDeviceWork
        where TForm : struct, IModulationForm;

    /// <summary>dx (+)= dy * factor; dFactor += sum over draws of dy * x, dShift += sum over draws of dy.</summary>
    internal readonly partial struct Backward<TForm>(
        Tensor x, Tensor modulation, int first, int draws, Tensor dy, GradientTarget? dx, Tensor? dModulation) : IDeviceWork
        where TForm : struct, IModulationForm;
}

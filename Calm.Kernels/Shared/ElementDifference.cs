using System.Globalization;

namespace Calm.Kernels;

/// <summary>One element of a comparison.</summary>
/// <param name="Index">Its place, an index for each size; empty for a scalar.</param>
/// <param name="Got">The device's number.</param>
/// <param name="Wanted">The number of the definition or the fixture.</param>
public sealed record ElementDifference(IReadOnlyList<int> Index, double Got, double Wanted)
{
    /// <summary>
    /// The absolute difference: 0 for equal numbers, infinite ones included; NaN if one side alone is infinite or either is no
    /// number.
    /// </summary>
    public double Error => ErrorOf(Got, Wanted);

    /// <summary>The difference relative to the wanted number; infinite if that is 0.</summary>
    public double RelativeError => Error == 0 ? 0 : Error / Math.Abs(Wanted);

    /// <summary>The element as text: <c>[1, 2]: got 0.5, wanted 0.25, relative error 1</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"[{string.Join(", ", Index)}]: got {Got:G9}, wanted {Wanted:G9}, relative error {RelativeError:G3}");

    internal static double ErrorOf(double got, double wanted) =>
        got == wanted ? 0 : double.IsFinite(got) && double.IsFinite(wanted) ? Math.Abs(got - wanted) : double.NaN;

    /// <summary>An element of dense row-major numbers.</summary>
    internal static ElementDifference At(int element, IReadOnlyList<int> sizes, double[] got, double[] wanted)
    {
        int[] index = new int[sizes.Count];
        int rest = element;
        for (int axis = sizes.Count - 1; axis >= 0; axis--)
        {
            (rest, index[axis]) = Math.DivRem(rest, sizes[axis]);
        }

        return new(index, got[element], wanted[element]);
    }
}

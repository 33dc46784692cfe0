namespace Calm.Kernels;

/// <summary>Compares the numbers of a device with those that they should be.</summary>
public static class CaseComparison
{
    private const double Absolute = 1e-7;
    private const int ElementsShown = 3;

    /// <summary>The largest difference against a limit relative to the greatest wanted magnitude.</summary>
    /// <param name="name">The name of the result.</param>
    /// <param name="got">The device's numbers.</param>
    /// <param name="want">The wanted ones, as many.</param>
    /// <param name="tolerance">The limit as a part of the greatest finite magnitude that is wanted.</param>
    /// <param name="floor">Added to the limit.</param>
    /// <param name="sizes">The sizes of the array; null for one dimension.</param>
    public static CaseResult Compare(
        string name, double[] got, double[] want, double tolerance, double floor = Absolute, IReadOnlyList<int>? sizes = null)
    {
        if (got.Length != want.Length)
        {
            throw new InvalidOperationException($"{name}: {got.Length} elements, {want.Length} wanted.");
        }

        sizes ??= [got.Length];
        double error = 0;
        double scale = 0;
        int worst = 0;
        for (int i = 0; i < got.Length; i++)
        {
            double difference = ElementDifference.ErrorOf(got[i], want[i]);
            if (difference > error || (double.IsNaN(difference) && !double.IsNaN(error)))
            {
                (error, worst) = (difference, i);
            }

            scale = Math.Max(scale, double.IsFinite(want[i]) ? Math.Abs(want[i]) : 0);
        }

        double limit = tolerance * scale + floor;
        int[] beyond =
        [
            .. Enumerable.Range(0, error <= limit ? 0 : got.Length)
                .Where(i => !(ElementDifference.ErrorOf(got[i], want[i]) <= limit)),
        ];
        return new CaseResult(name, error, limit)
        {
            Worst = got.Length > 0 ? ElementDifference.At(worst, sizes, got, want) : null,
            First = [.. beyond.Take(ElementsShown).Select(i => ElementDifference.At(i, sizes, got, want))],
            Differing = beyond.Length,
        };
    }
}

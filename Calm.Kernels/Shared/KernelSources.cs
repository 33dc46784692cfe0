using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// What the kernels of all ops compile to, found without a list and without a GPU: each case runs on devices that only take
/// note of what they are asked to launch.
/// </summary>
internal static partial class KernelSources
{
    /// <summary>Compiles every kernel that the cases of ops launch.</summary>
    /// <param name="languages">What to compile to.</param>
    /// <param name="op">Only kernels of this op; null for all.</param>
    /// <param name="family">Only kernels of this family; null for both.</param>
    /// <returns>By op and name. A kernel that does not compile is there too, with its failure.</returns>
    /// <exception cref="CalmException">This build has no ILGPU.</exception>
    public static IReadOnlyList<KernelSource> Find(
        IReadOnlyList<SourceLanguage> languages, string? op = null, KernelFamily? family = null)
    {
        List<KernelSource> sources = [];
        bool done = false;
        FindOnDevices([.. OpCases.Find().Where(c => op is null || c.Op == op)], languages, family, sources, ref done);
        return done
            ? [.. sources.OrderBy(s => s.Op, StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal)]
            : throw new CalmException(
                "this build has no kernels for devices, since ILGPU was not on the package feed; "
                + "./calm --gpu auto kernels tries again.");
    }

    static partial void FindOnDevices(
        IReadOnlyList<OpCase> cases, IReadOnlyList<SourceLanguage> languages, KernelFamily? family,
        List<KernelSource> sources, ref bool done);
}

using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// What the kernels of all ops compile to, found without a list and without a GPU: each case runs on devices that only take
/// note of what they are asked to launch.
/// </summary>
internal static partial class KernelSources
{
    /// <summary>Compiles every kernel that cases launch, forward and backward.</summary>
    /// <param name="cases">Cases that reach every specialisation: all cases of an op.</param>
    /// <param name="languages">What to compile to.</param>
    /// <param name="family">Only kernels of this family; null for both.</param>
    /// <returns>By op and name. A kernel that does not compile is there too, with its failure.</returns>
    /// <exception cref="CalmException">This build has no ILGPU.</exception>
    public static IReadOnlyList<KernelSource> Of(
        IReadOnlyList<OpCase> cases, IReadOnlyList<SourceLanguage> languages, KernelFamily? family = null)
    {
        List<KernelSource> sources = [];
        bool done = false;
        CompileOnDevices(cases, languages, family, sources, ref done);
        return done
            ?
            [
                .. sources.OrderBy(s => s.Op, StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal)
                    .ThenBy(s => s.Family).ThenBy(s => s.Language),
            ]
            : throw new CalmException(
                "this build has no kernels for devices: ILGPU was not on the package feed; "
                + "./calm --gpu auto kernels tries again.");
    }

    static partial void CompileOnDevices(
        IReadOnlyList<OpCase> cases, IReadOnlyList<SourceLanguage> languages, KernelFamily? family,
        List<KernelSource> sources, ref bool done);
}

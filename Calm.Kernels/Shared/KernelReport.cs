using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Resources of a kernel on one target.</summary>
/// <param name="Source">The kernel.</param>
/// <param name="Target">A GPU of <see cref="Ptxas.Targets"/>, or <see cref="OpenCl"/>.</param>
/// <param name="Resources">Its resources; null for OpenCL C, which drivers compile.</param>
/// <param name="Failure">The reason why it does not compile or assemble; null if it does.</param>
internal sealed record KernelReport(KernelSource Source, string Target, KernelResources? Resources, string? Failure)
{
    /// <summary>The target of OpenCL C.</summary>
    public const string OpenCl = "opencl";

    /// <summary>Reports of kernels, in their order: of PTX one for each GPU.</summary>
    /// <param name="sources">The kernels.</param>
    /// <param name="ptxas">The assembler; without it only what PTX shows is known.</param>
    public static IReadOnlyList<KernelReport> Of(IReadOnlyList<KernelSource> sources, Ptxas? ptxas)
    {
        // Ops share kernels: each text is assembled once.
        var assembled = sources.Where(source => source is { Language: SourceLanguage.Ptx, Failure: null })
            .Select(source => source.Text).Distinct()
            .SelectMany(text => Ptxas.Targets.Select(target => (Text: text, Target: target)))
            .AsParallel().ToDictionary(key => key, key => Assemble(key.Text, key.Target, ptxas));
        return
        [
            .. sources.SelectMany(source => source.Language == SourceLanguage.OpenCl
                ? [new KernelReport(source, OpenCl, null, source.Failure)]
                : Ptxas.Targets.Select(target => Of(source, target))),
        ];

        KernelReport Of(KernelSource source, string target)
        {
            (KernelResources? resources, string? failure) =
                source.Failure is null ? assembled[(source.Text, target)] : (null, source.Failure);
            return new KernelReport(source, target, resources, failure);
        }
    }

    private static (KernelResources? Resources, string? Failure) Assemble(string ptx, string target, Ptxas? ptxas)
    {
        try
        {
            return (ptxas?.Assemble(ptx, target) ?? KernelResources.OfPtx(ptx), null);
        }
        catch (CalmException failure)
        {
            return (null, failure.Message);
        }
    }
}

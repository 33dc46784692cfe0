using System.Security.Cryptography;
using System.Text;
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

    private const int HashDigits = 16;

    /// <summary>The machine code; null unless it was asked for.</summary>
    public string? Sass { get; init; }

    /// <summary>The code: the machine code if it was asked for, else the source.</summary>
    public string Text => Sass ?? Source.Text;

    /// <summary>The language of <see cref="Text"/>: ptx, sass or opencl.</summary>
    public string Language => Sass is null ? Source.Language.ToString().ToLowerInvariant() : "sass";

    /// <summary>The code's instructions by kind; null for OpenCL C, and after a failure.</summary>
    public InstructionCounts? Counts =>
        Failure is not null || Source.Language == SourceLanguage.OpenCl ? null
        : Sass is null ? InstructionCounts.OfPtx(Source.Text) : InstructionCounts.OfSass(Sass);

    /// <summary>
    /// Warps that a multiprocessor holds, in groups of the largest size that the kernel is launched with; null for kernels of
    /// CPUs, and if the registers are unknown.
    /// </summary>
    public Occupancy? Occupancy =>
        Source.Family == KernelFamily.Tiled && Resources is { Registers: { } registers, SharedBytes: var shared }
            ? Kernels.Occupancy.Of(Target, registers, shared, Source.GroupSize)
            : null;

    /// <summary>The first digits of the SHA-256 of the code: the same text has the same.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))[..HashDigits];

    /// <summary>Reports of kernels, in their order: of PTX one for each GPU.</summary>
    /// <param name="sources">The kernels.</param>
    /// <param name="ptxas">The assembler; without it only what PTX shows is known.</param>
    /// <param name="targets">The GPUs; null for all <see cref="Ptxas.Targets"/>.</param>
    /// <param name="withSass">Whether the machine code is wanted, for which <paramref name="ptxas"/> is needed.</param>
    public static IReadOnlyList<KernelReport> Of(
        IReadOnlyList<KernelSource> sources, Ptxas? ptxas, IReadOnlyList<string>? targets = null, bool withSass = false)
    {
        targets ??= Ptxas.Targets;

        // Ops share kernels: each text is assembled once.
        var assembled = sources.Where(source => source is { Language: SourceLanguage.Ptx, Failure: null })
            .Select(source => source.Text).Distinct()
            .SelectMany(text => targets.Select(target => (Text: text, Target: target)))
            .AsParallel().ToDictionary(key => key, key => Assemble(key.Text, key.Target, ptxas, withSass));
        return
        [
            .. sources.SelectMany(source => source.Language == SourceLanguage.OpenCl
                ? [new KernelReport(source, OpenCl, null, source.Failure)]
                : targets.Select(target => Of(source, target))),
        ];

        KernelReport Of(KernelSource source, string target)
        {
            (KernelResources? resources, string? sass, string? failure) =
                source.Failure is null ? assembled[(source.Text, target)] : (null, null, source.Failure);
            return new KernelReport(source, target, resources, failure) { Sass = sass };
        }
    }

    private static (KernelResources? Resources, string? Sass, string? Failure) Assemble(
        string ptx, string target, Ptxas? ptxas, bool withSass)
    {
        try
        {
            if (withSass)
            {
                (KernelResources resources, string sass) = ptxas!.Disassemble(ptx, target);
                return (resources, sass, null);
            }

            return (ptxas?.Assemble(ptx, target) ?? KernelResources.OfPtx(ptx), null, null);
        }
        catch (CalmException failure)
        {
            return (null, null, failure.Message);
        }
    }
}

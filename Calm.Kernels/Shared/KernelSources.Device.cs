using System.Reflection;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Generated code of the kernels of all ops, found without a list and without a GPU: each case runs on devices that only
/// record what they are asked to launch.
/// </summary>
internal static class KernelSources
{
    private static readonly (KernelFamily Family, DeviceKind Kind, Precision Precision)[] Devices =
    [
        (KernelFamily.Tiled, DeviceKind.Cuda, Precision.Float32),
        (KernelFamily.Tiled, DeviceKind.Cuda, Precision.BFloat16),
        (KernelFamily.Tiled, DeviceKind.OpenCl, Precision.Float32),
        (KernelFamily.Tiled, DeviceKind.OpenCl, Precision.BFloat16),
        (KernelFamily.Direct, DeviceKind.OpenCl, Precision.Float32),
        (KernelFamily.Direct, DeviceKind.OpenCl, Precision.BFloat16),
    ];

    /// <summary>A kernel as one op launches it.</summary>
    private sealed record Launched(string Op, RecordedKernel Kernel, KernelFamily Family)
    {
        public int GroupSize { get; set; }

        /// <summary>Whether an OpenCL device launches it; what only CUDA devices launch need not be OpenCL C.</summary>
        public bool OnOpenCl { get; set; }
    }

    /// <summary>Compiles every kernel that cases launch, forward and backward.</summary>
    /// <param name="cases">Cases that reach every specialisation: all cases of an op.</param>
    /// <param name="languages">The languages to compile to.</param>
    /// <param name="family">Only kernels of this family; null for both.</param>
    /// <returns>By op and name. A kernel that does not compile is there too, with its failure.</returns>
    public static IReadOnlyList<KernelSource> Of(
        IReadOnlyList<OpCase> cases, IReadOnlyList<SourceLanguage> languages, KernelFamily? family = null)
    {
        List<KernelSource> sources = [];
        var wanted =
            from kernel in Kernels(cases, family)
            from language in languages
            where language == SourceLanguage.Ptx || kernel.OnOpenCl
            select (Kernel: kernel, Language: language);
        var compiled = wanted.GroupBy(w => (w.Kernel.Kernel.Method, w.Language)).AsParallel()
            .Select(group => (group, Result: Compile(group.First().Kernel.Kernel, group.Key.Language)));
        foreach (var (group, (text, failure)) in compiled)
        {
            sources.AddRange(group.Select(w =>
                new KernelSource(w.Kernel.Op, w.Kernel.Kernel.Name, w.Kernel.Family, w.Language, text)
                {
                    GroupSize = w.Kernel.GroupSize,
                    Float64Reason = w.Kernel.Kernel.Declaration.GetCustomAttribute<UsesFloat64Attribute>()?.Reason,
                    Failure = failure,
                }));
        }

        return
        [
            .. sources.OrderBy(s => s.Op, StringComparer.Ordinal).ThenBy(s => s.Name, StringComparer.Ordinal)
                .ThenBy(s => s.Family).ThenBy(s => s.Language),
        ];
    }

    /// <summary>Kernels that the ops launch, forward and backward, on every sort of device.</summary>
    private static IReadOnlyCollection<Launched> Kernels(IReadOnlyList<OpCase> cases, KernelFamily? wanted)
    {
        Dictionary<(string, MethodInfo, KernelFamily), Launched> kernels = [];
        foreach (var (family, kind, precision) in Devices.Where(d => wanted is null || d.Family == wanted))
        {
            using IlgpuDevice device = IlgpuDevice.Recording(family, kind);
            device.Precision = precision;
            foreach (OpCase c in cases)
            {
                RunWithCandidates(c, device);
                foreach (RecordedKernel note in device.TakeRecorded())
                {
                    var key = (c.Op, note.Method, family);
                    if (!kernels.TryGetValue(key, out Launched? kernel))
                    {
                        kernel = new Launched(c.Op, note, family);
                        kernels.Add(key, kernel);
                    }

                    kernel.GroupSize = Math.Max(kernel.GroupSize, note.GroupSize);
                    kernel.OnOpenCl |= kind == DeviceKind.OpenCl;
                }
            }
        }

        return kernels.Values;
    }

    /// <summary>Kernels that the ops launch on a device in either precision, each once.</summary>
    public static IReadOnlyList<RecordedKernel> Of(IlgpuDevice device)
    {
        Dictionary<MethodInfo, RecordedKernel> kernels = [];
        using var recording = (IlgpuDevice)device.Rehearsal();
        Tuning.Of(recording).Chooser = new ChooserOfTable(Tuning.Of(device));
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            recording.Precision = precision;
            foreach (OpCase c in OpCases.Find())
            {
                RunIfFits(c, recording);
                foreach (RecordedKernel kernel in recording.TakeRecorded())
                {
                    kernels.TryAdd(kernel.Method, kernel);
                }
            }
        }

        return [.. kernels.Values];
    }

    private static void RunIfFits(OpCase c, IlgpuDevice device)
    {
        try
        {
            Run(c, device);
        }
        catch (CalmException)
        {
            // The device need not compile an op that it cannot run.
        }
    }

    /// <summary>Runs a case once with the built-in choices, and once with every other candidate that tuning may take.</summary>
    private static void RunWithCandidates(OpCase c, IlgpuDevice device)
    {
        CandidateChooser chooser = new(device);
        Tuning.Of(device).Chooser = chooser;
        do
        {
            Run(c, device);
        }
        while (chooser.Next());
        Tuning.Of(device).Chooser = null;
    }

    /// <summary>Runs a case forward and backward on a device that records kernels.</summary>
    public static void Run(OpCase c, IlgpuDevice device)
    {
        using Tape tape = new(device, recording: c.Differentiable);
        Tensor[] inputs = [.. c.Inputs.Select(input => CaseRunner.Upload(tape, input))];

        // Of two uses of an input, the gradient of one overwrites and that of the other adds.
        for (int use = 0; use < (c.Differentiable ? 2 : 1); use++)
        {
            foreach (Tensor output in c.Run(tape, inputs))
            {
                output.SetGradient(tape.Rent(output.Shape, "gradient"));
            }
        }

        tape.Backward();
    }

    private static (string Text, string? Failure) Compile(RecordedKernel kernel, SourceLanguage language)
    {
        try
        {
            string text = language == SourceLanguage.Ptx
                ? KernelCompiler.ToPtx(kernel.Method)
                : KernelCompiler.ToOpenCl(kernel.Method, kernel.Declaration.IsDefined(typeof(UsesFloat64Attribute)));
            return (text, null);
        }
        catch (CalmException failure)
        {
            return ("", failure.Message);
        }
    }
}

using System.Reflection;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>Taking note of the kernels, and compiling them.</content>
internal static partial class KernelSources
{
    private static readonly (KernelFamily Family, DeviceKind Kind, Precision Precision)[] Devices =
    [
        (KernelFamily.Tiled, DeviceKind.Cuda, Precision.Float32),
        (KernelFamily.Tiled, DeviceKind.Cuda, Precision.BFloat16),
        (KernelFamily.Tiled, DeviceKind.OpenCl, Precision.Float32),
        (KernelFamily.Direct, DeviceKind.OpenCl, Precision.Float32),
    ];

    /// <summary>A kernel as one op launches it.</summary>
    private sealed record Launched(string Op, MethodInfo Method, KernelFamily Family)
    {
        public int GroupSize { get; set; }

        /// <summary>Whether an OpenCL device launches it; what only CUDA devices launch need not be OpenCL C.</summary>
        public bool OnOpenCl { get; set; }
    }

    static partial void CompileOnDevices(
        IReadOnlyList<OpCase> cases, IReadOnlyList<SourceLanguage> languages, KernelFamily? family,
        List<KernelSource> sources, ref bool done)
    {
        var wanted =
            from kernel in Kernels(cases, family)
            from language in languages
            where language == SourceLanguage.Ptx || kernel.OnOpenCl
            select (Kernel: kernel, Language: language);
        var compiled = wanted.GroupBy(w => (w.Kernel.Method, w.Language)).AsParallel()
            .Select(group => (group, Result: Compile(group.Key.Method, group.Key.Language)));
        foreach (var (group, (text, failure)) in compiled)
        {
            sources.AddRange(group.Select(w =>
                new KernelSource(w.Kernel.Op, KernelName.Of(w.Kernel.Method), w.Kernel.Family, w.Language, text)
                {
                    GroupSize = w.Kernel.GroupSize,
                    Float64Reason = w.Kernel.Method.GetCustomAttribute<UsesFloat64Attribute>()?.Reason,
                    Failure = failure,
                }));
        }

        done = true;
    }

    /// <summary>What the ops launch, forward and backward, on every sort of device.</summary>
    private static IReadOnlyCollection<Launched> Kernels(IReadOnlyList<OpCase> cases, KernelFamily? wanted)
    {
        Dictionary<(string, MethodInfo, KernelFamily), Launched> kernels = [];
        foreach (var (family, kind, precision) in Devices.Where(d => wanted is null || d.Family == wanted))
        {
            using IlgpuDevice device = IlgpuDevice.Noting(family, kind);
            device.Precision = precision;
            foreach (OpCase c in cases)
            {
                Run(c, device);
                foreach (NotedKernel note in device.TakeNotes())
                {
                    var key = (c.Op, note.Method, family);
                    if (!kernels.TryGetValue(key, out Launched? kernel))
                    {
                        kernel = new Launched(c.Op, note.Method, family);
                        kernels.Add(key, kernel);
                    }

                    kernel.GroupSize = Math.Max(kernel.GroupSize, note.GroupSize);
                    kernel.OnOpenCl |= kind == DeviceKind.OpenCl;
                }
            }
        }

        return kernels.Values;
    }

    private static void Run(OpCase c, IlgpuDevice device)
    {
        using Tape tape = new(device, recording: c.Differentiable);
        try
        {
            Tensor[] outputs = c.Run(tape, [.. c.Inputs.Select(input => CaseRunner.Upload(tape, input))]);
            if (c.Differentiable)
            {
                foreach (Tensor output in outputs)
                {
                    output.SetGradient(tape.Rent(output.Shape, "gradient"));
                }

                // The first pass overwrites gradients, the second adds to them.
                tape.Backward();
                tape.Backward();
            }
        }
        catch (NoKernelException)
        {
            // The op has no form for devices, or only half of one: what it launched so far counts.
        }
    }

    private static (string Text, string? Failure) Compile(MethodInfo kernel, SourceLanguage language)
    {
        try
        {
            string text = language == SourceLanguage.Ptx
                ? KernelCompiler.ToPtx(kernel)
                : KernelCompiler.ToOpenCl(kernel, kernel.IsDefined(typeof(UsesFloat64Attribute)));
            return (text, null);
        }
        catch (CalmException failure)
        {
            return ("", failure.Message);
        }
    }
}

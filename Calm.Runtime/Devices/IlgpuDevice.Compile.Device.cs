using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Types;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <content>Kernels from the disk, or from ILGPU's compiler and then to the disk.</content>
public sealed partial class IlgpuDevice
{
    // ILGPU's OpenCL kernels get a view as a place in a buffer and a length.
    private const int OpenClFieldsOfView = 2;

    private long _kernelsCompiled;
    private long _kernelsFromDisk;
    private string? _compiler;

    /// <summary>The cache of kernels on the disk; null for none.</summary>
    internal KernelCache? Cache { get; set; } = KernelCache.Default;

    /// <inheritdoc/>
    public override long KernelsCompiled => _kernelsCompiled;

    /// <inheritdoc/>
    public override long KernelsFromDisk => _kernelsFromDisk;

    /// <summary>Everything beside a kernel's own code that decides what ILGPU makes of it.</summary>
    internal string Compiler => _compiler ??= string.Join(
        '\n',
        [
            $"{RuntimeInformation.ProcessArchitecture} {Accelerator.AcceleratorType} {Description}",
            $"{Accelerator.WarpSize} {Accelerator.MaxNumThreadsPerGroup} {Accelerator.MaxSharedMemoryPerGroup}",
            Accelerator.GetBackend() is PTXBackend ptx ? $"{ptx.Architecture} {ptx.InstructionSet}" : "",
            Accelerator.Device is CLDevice cl ? $"{cl.Vendor} {cl.CLStdVersion} {string.Join(' ', cl.Extensions)}" : "",
            .. Accelerator.Capabilities.GetType().GetProperties().Select(p => $"{p.Name} {p.GetValue(Accelerator.Capabilities)}"),
        ]);

    /// <summary>The methods that ILGPU has made a kernel of.</summary>
    private sealed class Sources : IBackendHook
    {
        public IReadOnlyList<MethodBase> Methods { get; private set; } = [];

        public void FinishedCodeGeneration(IRContext context, Method entryPoint) =>
            Methods = [.. context.Methods.Where(method => method.HasSource).Select(method => method.Source)];

        public void InitializedKernelContext(IRContext kernelContext, Method kernelMethod)
        {
        }

        public void OptimizedKernelContext(IRContext kernelContext, Method kernelMethod)
        {
        }
    }

    private Kernel LoadFromDiskOrCompile<TKernel>() where TKernel : struct, IKernel
    {
        if (Accelerator is CPUAccelerator)
        {
            _kernelsCompiled++;
            return Accelerator.LoadKernel(KernelEntry<TKernel>.Method);
        }

        MethodInfo method = KernelEntry<TKernel>.NamedMethod;
        var entry = EntryPointDescription.FromExplicitlyGroupedKernel(method);
        if (Cache is not { } cache)
        {
            return Compile(entry, new Sources());
        }

        KernelOrigin origin = new(typeof(TKernel));
        string key = $"{origin.Key}\n{Compiler}";
        if (cache.Read(method.Name, key) is { } kept && TryLoad(Compiled(entry, kept)) is { } loaded)
        {
            _kernelsFromDisk++;
            return loaded;
        }

        Sources sources = new();
        Kernel kernel = Compile(entry, sources);
        if (origin.Covers(sources.Methods))
        {
            cache.Write(method.Name, key, CodeOf(kernel.CompiledKernel));
        }

        return kernel;
    }

    private Kernel Compile(in EntryPointDescription entry, Sources sources)
    {
        _kernelsCompiled++;
        return Accelerator.LoadKernel(Accelerator.GetBackend().Compile(entry, KernelSpecialization.Empty, sources));
    }

    // The driver gets source, not a binary that it made before. Drivers keep binaries themselves, by their source, which is the
    // same at every start only if it comes from the disk; and PoCL takes longer to hand out a binary than to build it.
    // A driver may refuse what it took before, after an update under the same version: then ILGPU has another try.
    private Kernel? TryLoad(CompiledKernel compiled)
    {
        try
        {
            return Accelerator.LoadKernel(compiled);
        }
        catch (AcceleratorException)
        {
            return null;
        }
    }

    private static KernelCode CodeOf(CompiledKernel kernel)
    {
        SharedMemorySpecification shared = EntryPointOf(kernel).SharedMemory;
        string source = kernel is CLCompiledKernel cl ? cl.Source : ((PTXCompiledKernel)kernel).PTXAssembly;
        return new KernelCode(source, shared.StaticSize, shared.HasDynamicMemory);
    }

    private CompiledKernel Compiled(in EntryPointDescription entry, KernelCode code)
    {
        Context context = Accelerator.Context;
        SharedMemorySpecification shared = new(code.SharedBytes, code.HasDynamicMemory);
        return Accelerator.GetBackend() is CLBackend cl
            ? new CLCompiledKernel(
                context,
                new SeparateViewEntryPoint(entry, shared, KernelSpecialization.Empty, TypesOf(context), OpenClFieldsOfView),
                info: null, code.Source, cl.CLStdVersion)
            : PtxKernel(context, new EntryPoint(entry, shared, KernelSpecialization.Empty), info: null, code.Source);
    }

    // ILGPU 1.5.3 keeps both to itself.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_TypeContext")]
    private static extern IRTypeContext TypesOf(Context context);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern PTXCompiledKernel PtxKernel(
        Context context, EntryPoint entry, CompiledKernel.KernelInfo? info, string source);
}

using ILGPU;
using ILGPU.Runtime;

namespace Calm.Runtime;

/// <content>Launches of kernels, each loaded at its first launch and kept for the life of the device.</content>
public sealed partial class IlgpuDevice
{
    // Waits before each launch, so that a failure is that of the kernel before.
    private const string CheckVariable = "CALM_CHECK_KERNELS";

    private readonly Dictionary<Type, Delegate> _launchers = [];
    private readonly Dictionary<Type, Kernel> _kernels = [];
    private long _launches;
    private string? _latestKernel;

    /// <summary>Receives launches in place of the device; null but in tests.</summary>
    internal ILaunchProbe? Probe { get; set; }

    private static bool ChecksLaunches { get; } = Environment.GetEnvironmentVariable(CheckVariable) == "1";

    /// <inheritdoc/>
    public override long Launches => _launches;

    /// <summary>Launches a kernel after everything launched before; does not wait for it.</summary>
    /// <param name="config">Sizes of the grid and of its groups; an empty grid launches nothing.</param>
    /// <param name="kernel">The kernel with its operands.</param>
    /// <exception cref="CalmException">
    /// It does not compile for this device, it needs more than the device's limits, an operand is of a type that kernels cannot
    /// get, or the device has failed.
    /// </exception>
    public void Launch<TKernel>(KernelConfig config, TKernel kernel) where TKernel : struct, IKernel
    {
        if (config.GridDim.LongSize == 0)
        {
            return;
        }

        if (!Allows(config))
        {
            throw DoesNotFit<TKernel>(config);
        }

        _launches++;
        Fault?.Invoke();
        if (ChecksLaunches)
        {
            Synchronize();
            _latestKernel = KernelName.Of(typeof(TKernel));
        }

        if (_recorded is not null)
        {
            Record<TKernel>(config);
            return;
        }

        if (Probe is { } probe)
        {
            probe.Launch(config, kernel);
            return;
        }

        var launch = (Action<AcceleratorStream, KernelConfig, TKernel>)(
            _launchers.TryGetValue(typeof(TKernel), out Delegate? known) ? known : Load<TKernel>());
        Profiler?.BeginKernel(Watch?.Label ?? KernelName.Of(typeof(TKernel)));
        Ranges?.Push();
        launch(Queue, config, kernel);
        Ranges?.Pop();
        Profiler?.EndKernel();
        Watch?.Launched(typeof(TKernel));
    }

    /// <summary>Makes a kernel ready without launching it.</summary>
    /// <returns>The reason why the device cannot run it; null if it can.</returns>
    /// <exception cref="CalmException">It does not compile for this device, which is not to be used any more.</exception>
    internal string? Prepare<TKernel>() where TKernel : struct, IKernel
    {
        try
        {
            if (!_launchers.ContainsKey(typeof(TKernel)))
            {
                Load<TKernel>();
            }

            return null;
        }
        catch (CalmException refusal) when (!_isLost)
        {
            return refusal.Message;
        }
    }

    private Delegate Load<TKernel>() where TKernel : struct, IKernel
    {
        KernelStructs.Check(typeof(TKernel));
        ForgetTypes();
        try
        {
            Kernel kernel = LoadFromDiskOrCompile<TKernel>();
            RequireSharedMemory(KernelName.Of(typeof(TKernel)), kernel);
            Delegate launcher = kernel.CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TKernel>>();
            _launchers.Add(typeof(TKernel), launcher);
            _kernels.Add(typeof(TKernel), kernel);
            return launcher;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException and not CalmException)
        {
            throw DoesNotCompile(KernelName.Of(typeof(TKernel)), failure);
        }
    }

    // ILGPU 1.5.3 takes two structs for one when their fields agree and only the padding behind nested structs differs, and the
    // first of them wins: without this, a kernel's operands would lie where those of an earlier kernel lay.
    private void ForgetTypes()
    {
        Accelerator.Context.ClearCache(ClearCacheMode.Default);
        Accelerator.ClearCache(ClearCacheMode.Default);
    }

    private CalmException DoesNotCompile(string kernel, Exception failure)
    {
        // A context is not to be used after a failed compilation: this ends the device.
        _isLost = true;
        string reason = failure.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.');
        string other = Family == KernelFamily.Tiled ? "direct" : "tiled";
        string advice = reason.Contains("Access is denied", StringComparison.Ordinal)
            ? "Make its structs public."
            : $"Use the host, or try CALM_KERNELS={other}, and report this line with what calm devices prints.";
        return new CalmException(
            $"{Name}: the kernel {kernel} does not compile for {Description}: {reason}. {advice}", failure);
    }
}

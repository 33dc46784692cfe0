using ILGPU;
using ILGPU.Runtime;

namespace Calm.Runtime;

/// <content>Compiled kernels, kept for the life of the device.</content>
public sealed partial class IlgpuDevice
{
    // Keyed by the delegate object: the C# compiler makes one for each place that names a kernel.
    private readonly Dictionary<Delegate, Delegate> _kernels = new(ReferenceEqualityComparer.Instance);

    /// <summary>The launcher of an explicitly grouped kernel, compiled at its first use.</summary>
    /// <param name="kernel">A static method that names the kernel.</param>
    public Action<AcceleratorStream, KernelConfig, T1, T2> Kernel<T1, T2>(Action<T1, T2> kernel)
        where T1 : struct where T2 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2);
                    watch.After();
                }
            });

    /// <inheritdoc cref="Kernel{T1,T2}"/>
    public Action<AcceleratorStream, KernelConfig, T1, T2, T3> Kernel<T1, T2, T3>(Action<T1, T2, T3> kernel)
        where T1 : struct where T2 : struct where T3 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2, x3) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2, x3);
                    watch.After();
                }
            });

    /// <inheritdoc cref="Kernel{T1,T2}"/>
    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4> Kernel<T1, T2, T3, T4>(Action<T1, T2, T3, T4> kernel)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2, x3, x4) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2, x3, x4);
                    watch.After();
                }
            });

    /// <inheritdoc cref="Kernel{T1,T2}"/>
    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5>
        Kernel<T1, T2, T3, T4, T5>(Action<T1, T2, T3, T4, T5> kernel)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2, x3, x4, x5) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2, x3, x4, x5);
                    watch.After();
                }
            });

    /// <inheritdoc cref="Kernel{T1,T2}"/>
    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6>
        Kernel<T1, T2, T3, T4, T5, T6>(Action<T1, T2, T3, T4, T5, T6> kernel)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2, x3, x4, x5, x6) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2, x3, x4, x5, x6);
                    watch.After();
                }
            });

    /// <inheritdoc cref="Kernel{T1,T2}"/>
    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7>
        Kernel<T1, T2, T3, T4, T5, T6, T7>(Action<T1, T2, T3, T4, T5, T6, T7> kernel)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2, x3, x4, x5, x6, x7) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2, x3, x4, x5, x6, x7);
                    watch.After();
                }
            });

    /// <inheritdoc cref="Kernel{T1,T2}"/>
    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8>
        Kernel<T1, T2, T3, T4, T5, T6, T7, T8>(Action<T1, T2, T3, T4, T5, T6, T7, T8> kernel)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2, x3, x4, x5, x6, x7, x8) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2, x3, x4, x5, x6, x7, x8);
                    watch.After();
                }
            });

    /// <inheritdoc cref="Kernel{T1,T2}"/>
    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9>
        Kernel<T1, T2, T3, T4, T5, T6, T7, T8, T9>(Action<T1, T2, T3, T4, T5, T6, T7, T8, T9> kernel)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2, x3, x4, x5, x6, x7, x8, x9) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2, x3, x4, x5, x6, x7, x8, x9);
                    watch.After();
                }
            });

    /// <inheritdoc cref="Kernel{T1,T2}"/>
    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
        Kernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> kernel)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10);
                    watch.After();
                }
            });

    /// <inheritdoc cref="Kernel{T1,T2}"/>
    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
        Kernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> kernel)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
        where T11 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11);
                    watch.After();
                }
            });

    /// <inheritdoc cref="Kernel{T1,T2}"/>
    public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>
        Kernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(
        Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> kernel)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
        where T11 : struct where T12 : struct =>
        Cached(
            kernel, static (accelerator, source) => accelerator.LoadKernel(source),
            static (launch, watch) => (queue, config, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12) =>
            {
                if (watch.Before(config))
                {
                    launch!(queue, config, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12);
                    watch.After();
                }
            });

    private TLauncher Cached<TKernel, TLauncher>(
        TKernel kernel, Func<Accelerator, TKernel, TLauncher> load,
        Func<TLauncher?, ILaunchWatch, TLauncher> watched)
        where TKernel : Delegate
        where TLauncher : Delegate
    {
        Fault?.Invoke();
        if (ChecksLaunches)
        {
            Synchronize();
            _latestKernel = KernelName.Of(kernel.Method);
        }

        if (!_kernels.TryGetValue(kernel, out Delegate? launcher))
        {
            launcher = _recorded is not null ? watched(null, Record(kernel.Method))
                : _profiles ? watched(Load(kernel, load), new ProfiledLaunch(this, KernelName.Of(kernel.Method)))
                : Load(kernel, load);
            _kernels.Add(kernel, launcher);
        }

        return (TLauncher)launcher;
    }

    private TLauncher Load<TKernel, TLauncher>(TKernel kernel, Func<Accelerator, TKernel, TLauncher> load)
        where TKernel : Delegate
    {
        try
        {
            return load(Accelerator, kernel);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw DoesNotCompile(KernelName.Of(kernel.Method), failure);
        }
    }
}

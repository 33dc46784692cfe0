using Calm.Kernels;
using Calm.Runtime;
using TorchSharp;

namespace Calm.LibTorch;

/// <summary>Ops of libtorch on the CPU, through TorchSharp.</summary>
public sealed class LibTorchProvider : IOpProvider
{
    // The number of threads that work on different ops is set once in a process.
    private static readonly Lazy<bool> OneOpAtATime = new(() =>
    {
        torch.set_num_interop_threads(1);
        return true;
    });

    /// <inheritdoc/>
    public string Name => "libtorch";

    /// <inheritdoc/>
    public string Description =>
        $"libtorch {torch.__version__}, threads: {torch.get_num_threads()}, waiting: "
        + (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "as OpenMP does by itself");

    /// <inheritdoc/>
    public string? Open(Device device)
    {
        try
        {
            _ = OneOpAtATime.Value;
            torch.set_num_threads(device is HostDevice host ? host.Team.Threads : Environment.ProcessorCount);
            return null;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            string message = failure.GetBaseException().Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
            return $"libtorch does not load here ({message}); run the command by bench/libtorch.sh";
        }
    }

    /// <inheritdoc/>
    public IProvidedOp? Prepare(OpCase c, ProvidedOperands operands) =>
        c.Settings.GetValueOrDefault("calls", 1) == 1 && TorchForms.Builders.TryGetValue(c.Op, out FormBuilder? build)
            ? TorchOp.Prepare(build, c, operands)
            : null;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

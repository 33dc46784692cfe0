using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Products of OpenBLAS on the CPU (Debian: libopenblas0-pthread).</summary>
internal sealed class OpenBlasProvider : IOpProvider
{
    private OpenBlas? _library;

    /// <inheritdoc/>
    public string Name => "openblas";

    /// <inheritdoc/>
    public string Description => $"{_library!.Config}, threads: {_library.Threads}";

    /// <inheritdoc/>
    public string? Open(Device device)
    {
        _library = OpenBlas.TryLoad();
        if (_library is null)
        {
            return "there is no libopenblas.so.0 on the library path; install OpenBLAS (Debian: libopenblas0-pthread)";
        }

        int threads = device is HostDevice host ? host.Team.Threads : Environment.ProcessorCount;
        _library.Threads = threads;
        return _library.Threads == threads
            ? null
            : $"it takes {_library.Threads} threads instead of {threads}; choose the former, or another build of OpenBLAS";
    }

    /// <inheritdoc/>
    public IProvidedOp? Prepare(OpCase c, ProvidedOperands operands) =>
        OpenBlasProduct.IsProduct(c) ? new OpenBlasProduct(_library!, c, operands) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

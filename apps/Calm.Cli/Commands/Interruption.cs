using System.Runtime.InteropServices;

namespace Calm.Cli;

/// <summary>
/// Ctrl-C, SIGTERM, and the SIGHUP of a closed terminal: the first asks the work to keep what it has and stop, which no
/// SIGTERM or SIGHUP after it ends early: a terminal that closes sends several. A second Ctrl-C ends the process as usual.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly CancellationTokenSource _source = new();

    /// <summary>Listens until disposed.</summary>
    public Interruption()
    {
        foreach (PosixSignal signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = context.Signal != PosixSignal.SIGINT || !_source.IsCancellationRequested;
                _source.Cancel();
            }));
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }
}

using System.Runtime.InteropServices;

namespace Calm.Training;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks the training loop to save and stop, the second ends the process as usual.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile bool _requested;

    /// <summary>Listens until disposed.</summary>
    public Interruption()
    {
        foreach (PosixSignal signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = !_requested;
                _requested = true;
            }));
        }
    }

    /// <summary>Whether someone asked to stop.</summary>
    public bool Requested => _requested;

    /// <summary>Stops listening.</summary>
    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}

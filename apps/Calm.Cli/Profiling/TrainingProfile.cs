using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// Profiles the fourth to the eighth step of a training process, then writes the trace and the table. Training
/// is not affected.
/// </summary>
internal sealed class TrainingProfile
{
    private const int First = 4;
    private const int Last = 8;

    private readonly Device _device;
    private readonly string _name;
    private readonly string _file;
    private readonly TextWriter _writer;
    private readonly Peak _peak;
    private readonly List<ProfiledStep> _steps = [];
    private int _count;
    private bool _isWritten;

    /// <summary>Measures the device's peak; nothing is profiled yet.</summary>
    /// <param name="device">The device of the training, opened for profiling.</param>
    /// <param name="name">The stage's name.</param>
    /// <param name="file">Path of the trace file.</param>
    /// <param name="writer">Output of the table.</param>
    public TrainingProfile(Device device, string name, string file, TextWriter writer)
    {
        (_device, _name, _file, _writer) = (device, name, file, writer);
        _peak = device.Kind == DeviceKind.Emulated ? default : Peak.Measure(device); // minutes on the emulator
    }

    /// <summary>Runs a step, and profiles it if it is one of those to profile.</summary>
    public void Around(Action step)
    {
        _count++;
        if (_count is >= First and <= Last)
        {
            _steps.Add(Profiler.Run(_device, step));
        }
        else
        {
            step();
        }

        if (_count == Last)
        {
            Write();
        }
    }

    /// <summary>Writes the trace and the table at the end of training, unless they are written.</summary>
    public void Finish()
    {
        if (!_isWritten)
        {
            Write();
        }
    }

    private void Write()
    {
        _isWritten = true;
        if (_steps.Count == 0)
        {
            _writer.WriteLine(
                $"--profile {_file}: not written, since steps {First} to {Last} are profiled and {_count} were taken.");
            return;
        }

        Profile profile = new($"{_name}, steps {First} to {First + _steps.Count - 1} of this process", _steps, _peak);
        ChromeTrace.Write(_file, [profile]);
        profile.Write(_writer);
        _writer.WriteLine($"trace: {Path.GetFullPath(_file)} (open it in chrome://tracing or ui.perfetto.dev)");
    }
}

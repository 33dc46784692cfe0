using System.Runtime.InteropServices;
using Calm.Runtime;
using SharpFuzz;
using SharpFuzz.Common;

namespace Calm.Faults;

/// <summary>Reads files that AFL++ makes, guided by the code that earlier ones reached. guided.sh starts it.</summary>
internal sealed class Guided : IDisposable
{
    private const nuint MapBytes = 1 << 16;

    private readonly TemporaryFolder _folder = new();
    private readonly HostDevice _device = new(1);
    private readonly Reader _reader;

    /// <summary>Prepares a reader.</summary>
    public Guided(string name)
    {
        MarkNowhere();
        Nano.PrepareAll(_folder);
        _reader = Readers.All(_folder, _folder["own"], _device).Single(reader => reader.Name == name);
    }

    /// <summary>Writes a file that is right, with which AFL++ begins.</summary>
    public int WriteSeed(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "sample"), _reader.Sample);
        return 0;
    }

    /// <summary>Reads what AFL++ gives, until it ends this process. Any exception but a refusal in one line is a crash.</summary>
    public int Run()
    {
        Fuzzer.OutOfProcess.Run(stream =>
        {
            MemoryStream bytes = new();
            stream.CopyTo(bytes);
            try
            {
                _reader.Read(bytes.ToArray());
            }
            catch (CalmException failure) when (!failure.Message.Contains('\n'))
            {
                // refused, as it should be
            }
        });
        return 0;
    }

    // Instrumented code marks where it is, also before AFL++ has given a map for that.
    private static unsafe void MarkNowhere() => Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(MapBytes);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace Calm.Runtime;

/// <summary>
/// Names of ops for NVIDIA's profilers: an NVTX range around each launch, RmsNorm.forward, beside the kernel's own name. Only
/// where a profiler has started this program and the library is there.
/// </summary>
internal sealed unsafe class LaunchRanges(
    delegate* unmanaged<byte*, int> push, delegate* unmanaged<int> pop)
{
    // NVIDIA's profilers set it in the programs that they start; without it ranges would go nowhere.
    private const string ProfilerVariable = "NVTX_INJECTION64_PATH";
    private const string OutsideOps = "outside ops";

    private static readonly string[] Libraries = ["libnvToolsExt.so.1", "libnvToolsExt.so", "nvToolsExt64_1"];

    private readonly Dictionary<(string, ProfileDirection), byte[]> _names = [];
    private readonly byte[] _outside = Encoding.UTF8.GetBytes($"{OutsideOps}\0");
    private byte[]? _current;

    /// <summary>Ranges for the profiler that is attached; null without one.</summary>
    public static LaunchRanges? Find()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(ProfilerVariable)))
        {
            return null;
        }

        foreach (string name in Libraries)
        {
            if (NativeLibrary.TryLoad(name, out nint library)
                && NativeLibrary.TryGetExport(library, "nvtxRangePushA", out nint push)
                && NativeLibrary.TryGetExport(library, "nvtxRangePop", out nint pop))
            {
                return new LaunchRanges((delegate* unmanaged<byte*, int>)push, (delegate* unmanaged<int>)pop);
            }
        }

        return null;
    }

    /// <summary>Begins an op: launches from now on are its own.</summary>
    public void BeginOp(string op, ProfileDirection direction)
    {
        if (!_names.TryGetValue((op, direction), out _current))
        {
            _current = Encoding.UTF8.GetBytes($"{op}.{direction.ToString().ToLowerInvariant()}\0");
            _names.Add((op, direction), _current);
        }
    }

    /// <summary>Ends the op.</summary>
    public void EndOp() => _current = null;

    /// <summary>Begins the range of a launch.</summary>
    public void Push()
    {
        fixed (byte* name = _current ?? _outside)
        {
            push(name);
        }
    }

    /// <summary>Ends the range of a launch.</summary>
    public void Pop() => pop();
}

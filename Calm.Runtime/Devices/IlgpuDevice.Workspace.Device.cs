using ILGPU;

namespace Calm.Runtime;

/// <content>Memory for one op to work in.</content>
public sealed partial class IlgpuDevice
{
    private readonly IlgpuStorage?[] _workspaces = new IlgpuStorage?[3];

    /// <summary>
    /// Memory with undefined contents, 256-byte aligned, for the launches of one op; the next call may hand out the same,
    /// which is safe because launches run in order. It grows to the largest request and stays.
    /// </summary>
    /// <param name="floats">Size of the memory, in floats.</param>
    /// <param name="which">0, or 1 or 2 for workspaces beside the first.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has no more, or none in so large a piece.</exception>
    public ArrayView<float> Workspace(long floats, int which = 0)
    {
        if (WhyTooLarge(floats) is { } reason)
        {
            throw new OutOfDeviceMemoryException($"{Name}: the workspace of an op has {reason}", "use a smaller batch");
        }

        if (GuardedArena is { } guarded)
        {
            return guarded.Rent(new Shape((int)floats), "workspace").View();
        }

        long bytes = Math.Max(1, floats) * sizeof(float);
        ref IlgpuStorage? workspace = ref _workspaces[which];
        if (workspace is null || workspace.ByteCount < bytes)
        {
            workspace?.Dispose(); // waits for what still uses it
            workspace = null;
            workspace = (IlgpuStorage)Allocate(bytes);
        }

        return workspace.Bytes.Cast<float>().SubView(0, floats);
    }

    /// <inheritdoc/>
    public override void GiveBackWorkspaces()
    {
        foreach (IlgpuStorage? workspace in _workspaces)
        {
            workspace?.Dispose(); // waits for what still uses it
        }

        Array.Clear(_workspaces);
    }
}

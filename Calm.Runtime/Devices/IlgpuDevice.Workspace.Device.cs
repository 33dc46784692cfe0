using ILGPU;

namespace Calm.Runtime;

/// <content>Memory for one op to work in.</content>
public sealed partial class IlgpuDevice
{
    private IlgpuStorage? _workspace;

    /// <summary>
    /// Memory with undefined contents, 256-byte aligned, for the launches of one op; the next call may hand out the same,
    /// which is safe because launches run in order. It grows to the largest request and stays.
    /// </summary>
    public ArrayView<float> Workspace(long floats)
    {
        long bytes = Math.Max(1, floats) * sizeof(float);
        if (_workspace is null || _workspace.ByteCount < bytes)
        {
            _workspace?.Dispose(); // waits for what still uses it
            _workspace = null;
            _workspace = (IlgpuStorage)Allocate(bytes);
        }

        ArrayView<byte> block = _workspace.Buffer.View;
        return block.Cast<float>().SubView(0, floats);
    }
}

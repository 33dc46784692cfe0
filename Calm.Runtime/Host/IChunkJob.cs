namespace Calm.Runtime;

/// <summary>
/// A loop cut into chunks that may run in any order and on any thread. It holds pointers and numbers only, so that
/// starting one allocates nothing.
/// </summary>
/// <remarks>
/// The cut depends on shapes alone, never on the number of threads, and no chunk reads what another writes:
/// so results do not depend on the number of threads or on the order of the chunks (docs/numerics.md).
/// </remarks>
public interface IChunkJob
{
    /// <summary>Runs chunk number <paramref name="chunk"/> with the given register width.</summary>
    void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>;
}

namespace Calm.Runtime;

/// <summary>The driver's word on a kernel that it has built.</summary>
/// <param name="MostThreads">The most threads of a group that it can be launched with.</param>
/// <param name="Registers">Registers of a thread; null where the driver does not tell.</param>
/// <param name="PrivateBytes">Bytes of memory of a thread's own: what did not fit into registers.</param>
internal readonly record struct KernelNeeds(int MostThreads, int? Registers, long? PrivateBytes);

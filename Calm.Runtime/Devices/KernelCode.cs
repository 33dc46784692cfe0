namespace Calm.Runtime;

/// <summary>A kernel as a driver takes it.</summary>
/// <param name="Source">PTX or OpenCL C.</param>
/// <param name="SharedBytes">Bytes of shared memory that a group takes.</param>
/// <param name="HasDynamicMemory">Whether a launch may ask for more shared memory.</param>
internal sealed record KernelCode(string Source, int SharedBytes, bool HasDynamicMemory);

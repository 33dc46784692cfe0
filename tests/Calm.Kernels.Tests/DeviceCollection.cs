using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>
/// Tests of devices, one after the other: some OpenCL drivers cannot be opened twice at once. They share open devices, and so
/// each kernel is compiled once.
/// </summary>
[CollectionDefinition("devices")]
public sealed class DeviceCollection : ICollectionFixture<TestDevices>;

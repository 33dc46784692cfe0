using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime.Tests;

/// <summary>Drivers that ILGPU would refuse without need.</summary>
public sealed class OpenClDriverTests
{
    /// <summary>Fails if a later ILGPU keeps the capability elsewhere.</summary>
    [Fact]
    public void A_device_without_generic_address_space_is_taken()
    {
        CLCapabilityContext capabilities = new(
            float16: false, float64: false, genericAddressSpace: false, int64_Atomics: false, subGroups: false);
        OpenClDriver.AssumeGenericAddressSpace(capabilities);
        Assert.True(capabilities.GenericAddressSpace);
    }
}

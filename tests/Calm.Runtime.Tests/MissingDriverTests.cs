namespace Calm.Runtime.Tests;

/// <summary>Each way in which a driver can be missing has its own line, with what to do.</summary>
public sealed class MissingDriverTests
{
    [Theory]
    [InlineData("", "there is no NVIDIA driver", "there is no OpenCL loader")]
    [InlineData("libcuda.so.1 libOpenCL.so.1", "nvidia-smi tells why", "clinfo lists what it finds")]
    [InlineData("libcuda.so libOpenCL.so nvcuda.dll OpenCL.dll", "nvidia-smi tells why", "clinfo lists what it finds")]
    public void The_reason_says_what_to_do(string present, string cuda, string openCl)
    {
        if (OperatingSystem.IsWindows() && present.StartsWith("libcuda.so.1", StringComparison.Ordinal))
        {
            return; // Windows has no versions in names
        }

        MissingDriver missing = new(name => present.Split(' ').Contains(name));
        Assert.Contains(cuda, missing.Cuda, StringComparison.Ordinal);
        Assert.Contains(openCl, missing.OpenCl, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda", "libcuda.so.1")]
    [InlineData("OpenCL", "libOpenCL.so.1")]
    [InlineData("libcublas.so.12", "libcublas.so.13")]
    [InlineData("libcublas.so.11", null)]
    [InlineData("nvcuda", null)]
    public void A_library_is_looked_for_under_the_names_of_a_bare_driver(string asked, string? other) =>
        Assert.Equal(other, DriverLibraries.OtherName(asked));

    [Fact]
    public void Every_entry_that_cannot_be_used_says_why_and_throws_it()
    {
        Assert.All(DeviceList.Find().Where(entry => !entry.Usable), entry =>
        {
            CalmException failure = Assert.Throws<CalmException>(() => DeviceList.Open(entry.Name));
            Assert.Contains(entry.Reason!, failure.Message, StringComparison.Ordinal);
            Assert.Contains("Usable here: host", failure.Message, StringComparison.Ordinal);
        });
    }
}

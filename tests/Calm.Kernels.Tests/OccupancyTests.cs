namespace Calm.Kernels.Tests;

/// <summary>Occupancy, against values of NVIDIA's occupancy calculator.</summary>
public sealed class OccupancyTests
{
    [Theory]
    [InlineData("sm_80", 32, 0, 128, 16, 64, "-")]
    [InlineData("sm_80", 64, 0, 256, 4, 32, "registers")]
    [InlineData("sm_80", 33, 0, 128, 12, 48, "registers")] // 1280 a warp, 51 warps, of which 48 in fours
    [InlineData("sm_80", 168, 49152, 128, 3, 12, "registers+shared")]
    [InlineData("sm_80", 169, 49152, 128, 2, 8, "registers")]
    [InlineData("sm_80", 32, 49152, 256, 3, 24, "shared")]
    [InlineData("sm_90", 32, 49152, 256, 4, 32, "shared")]
    [InlineData("sm_89", 32, 49152, 256, 2, 16, "shared")]
    [InlineData("sm_89", 40, 0, 256, 6, 48, "-")]
    [InlineData("sm_89", 32, 0, 1024, 1, 32, "warps")]
    [InlineData("sm_80", 16, 0, 32, 32, 32, "groups")]
    [InlineData("sm_89", 16, 0, 32, 24, 24, "groups")]
    [InlineData("sm_90", 255, 0, 512, 0, 0, "registers")]
    [InlineData("sm_80", 65, 0, 1024, 0, 0, "registers")]
    [InlineData("sm_90", 64, 0, 1024, 1, 32, "registers")]
    public void Groups_and_warps_are_those_of_the_calculator(
        string target, int registers, int shared, int groupSize, int groups, int warps, string limit)
    {
        Occupancy occupancy = Occupancy.Of(target, registers, shared, groupSize);
        Assert.Equal((groups, warps, limit), (occupancy.Groups, occupancy.Warps, occupancy.LimitNames));
        Assert.Equal(target == "sm_89" ? 48 : 64, occupancy.MostWarps);
    }
}

using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>Tuning tries every form, keeps one a class, and finds it again in its file.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class ProductTunerTests : IDisposable
{
    private readonly string _before = ProductTuning.Folder;
    private readonly string _folder = Directory.CreateTempSubdirectory("calm-tuning-").FullName;

    public ProductTunerTests() => ProductTuning.Folder = _folder;

    public static TheoryData<string> Devices() => [.. TestDevices.Names];

    public void Dispose()
    {
        ProductTuning.Folder = _before;
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Keeps_the_fastest_of_forms_with_equal_bits(string deviceName)
    {
        ProductShape[] shapes;
        using (IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(deviceName))
        {
            // The last two are one class; the depth is more than one block.
            shapes = [new(18, 20, 260, true, false, gpu.Family), new(20, 17, 5, false, true, gpu.Family),
                new(21, 18, 6, false, true, gpu.Family)];
            IReadOnlyList<TriedForm> tried = ProductTuner.Run(gpu, shapes, seconds: 0);
            Assert.Equal(2, tried.Count(t => t.Chosen));
            Assert.All(tried.GroupBy(t => t.Class), g => Assert.Equal(g.Min(t => t.SecondsBest), g.Single(t => t.Chosen).SecondsBest));
            Assert.All(tried.GroupBy(t => t.Class), g => Assert.True(g.Count() > 1));
            Assert.Contains("21 x 18 x 6", tried.Select(t => t.Shape));
        }

        using IlgpuDevice again = (IlgpuDevice)DeviceList.Open(deviceName);
        Assert.All(shapes, s => Assert.NotEqual(ProductForm.BuiltIn, ProductTuning.Of(again).FormFor(s)));
        Assert.Equal(ProductForm.BuiltIn, ProductTuning.Of(again).FormFor(shapes[0] with { Rows = 1000 }));
    }

    [Fact]
    public void A_damaged_file_is_named()
    {
        using IlgpuDevice gpu = (IlgpuDevice)DeviceList.Open(TestDevices.Names[0]);
        string file = ProductTuning.Of(gpu).File;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, """{ "Tiled 16 x 16 x 16 NN": "Tiles9" }""");
        using IlgpuDevice again = (IlgpuDevice)DeviceList.Open(TestDevices.Names[0]);
        CalmException failure = Assert.Throws<CalmException>(() => ProductTuning.Of(again));
        Assert.Contains(file, failure.Message);
        Assert.Contains("delete it and tune again", failure.Message);
    }
}

using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class SafetensorsSetTests
{
    [Fact]
    public void A_sharded_folder_is_one_dictionary()
    {
        using TemporaryFolder folder = new();
        Save(folder["model-1-of-2.safetensors"], ("a", 1f), ("unlisted", 9f));
        Save(folder["model-2-of-2.safetensors"], ("b", 2f));
        folder.Write("model.safetensors.index.json", """
            {"metadata":{"total_size":8},"weight_map":{"b":"model-2-of-2.safetensors","a":"model-1-of-2.safetensors"}}
            """);
        using SafetensorsSet set = SafetensorsSet.Open(folder.Root);
        Assert.Equal(["a", "b"], set.Names);
        Assert.Equal([1f, 2f], set.Names.Select(name => set.Read<float>(name)[0]));
    }

    [Fact]
    public void A_folder_with_a_single_file_needs_no_index()
    {
        using TemporaryFolder folder = new();
        Save(folder["model.safetensors"], ("a", 1f));
        using SafetensorsSet set = SafetensorsSet.Open(folder.Root);
        Assert.True(set.Contains("a"));
        Assert.False(set.Contains("b"));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../model-1.safetensors"}}""", "is not the name of a file beside it")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "is not the name of a file beside it")]
    [InlineData("""{"weight_map":{"a":null}}""", "weight_map names no file")]
    [InlineData("""{"weight_map":{"a":".."}}""", "is not the name of a file beside it")]
    [InlineData("""{"weight_map":{"c":"model-1.safetensors"}}""", "tensor \"c\" is not in model-1.safetensors")]
    [InlineData("""{"weight_map":{"a":"model-2.safetensors"}}""", "model-2.safetensors: cannot be read: no such file")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","a":"model-1.safetensors"}}""", "weight_map")]
    [InlineData("""{"weight_map":{}}""", "weight_map lists no tensor")]
    [InlineData("""{"weight_map":[]}""", "weight_map")]
    [InlineData("""{}""", "weight_map")]
    [InlineData("""{"weight_map":""", "weight_map")]
    public void A_wrong_index_is_refused(string index, string expected)
    {
        using TemporaryFolder folder = new();
        Save(folder["model-1.safetensors"], ("a", 1f));
        folder.Write("model.safetensors.index.json", index);
        CalmException failure = Assert.Throws<CalmException>(() => SafetensorsSet.Open(folder.Root));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void Nothing_to_read_is_one_line()
    {
        using TemporaryFolder folder = new();
        CalmException missing = Assert.Throws<CalmException>(() => SafetensorsSet.Open(folder["missing"]));
        Assert.Contains("cannot be read: no such file", missing.Message, StringComparison.Ordinal);
        CalmException empty = Assert.Throws<CalmException>(() => SafetensorsSet.Open(folder.Root));
        Assert.Contains("has neither model.safetensors nor", empty.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_golden_files_are_read_whole()
    {
        foreach (string path in Directory.EnumerateFiles(Golden.Folder, "*.safetensors", SearchOption.AllDirectories))
        {
            using SafetensorsSet set = SafetensorsSet.Open(path);
            Assert.All(set.Names, name => Assert.Equal(set[name].Count, set.Read<double>(name).Length));
        }
    }

    private static void Save(string path, params (string Name, float Value)[] tensors)
    {
        SafetensorsWriter writer = new();
        foreach ((string name, float value) in tensors)
        {
            writer.Add(name, new Shape(1), [value]);
        }

        writer.Save(path);
    }
}

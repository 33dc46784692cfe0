using System.IO.Compression;
using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Files of torch.save: tensors are read, and nothing is run.</summary>
public sealed class TorchFileTests : IDisposable
{
    private static readonly float[] Six = [1, 2, 3, 4, 5, 6];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Checkpoints => [.. Directory.GetDirectories(Golden.Checkpoints).Select(folder => Path.GetFileName(folder))];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void A_checkpoint_holds_the_same_tensors_in_both_formats(string name)
    {
        using ModelWeights safe = ModelWeights.Open(Path.Combine(Golden.Checkpoints, name, ModelFolder.WeightsFile));
        using ModelWeights torch = ModelWeights.Open(Path.Combine(Golden.Checkpoints, name, ModelFolder.TorchWeightsFile));
        Assert.Equal(("safetensors", "PyTorch"), (safe.Format, torch.Format));
        foreach (StoredTensor tensor in safe.Tensors)
        {
            Assert.Equal(tensor.Sizes, torch.SizesOf(tensor.Name));
            Assert.Equal(safe.Read(tensor.Name), torch.Read(tensor.Name));
        }
    }

    [Fact]
    public void Views_and_shared_storages_are_read_row_by_row()
    {
        string path = Write(new TorchBytes()
            .Tensor("whole", "FloatStorage", "0", 6, 0, [2, 3], [3, 1])
            .Tensor("transposed", "FloatStorage", "0", 6, 0, [3, 2], [1, 3])
            .Tensor("tail", "FloatStorage", "0", 6, 4, [2], [1])
            .Tensor("none", "FloatStorage", "0", 6, 6, [0, 3], [3, 1])
            .Tensor("one", "FloatStorage", "0", 6, 5, [], [])
            .Member("data/0", MemoryMarshal.AsBytes<float>(Six).ToArray()).ToArray());
        using TorchFile file = TorchFile.Open(path);
        Assert.Equal(Six, file.ReadFloats("whole"));
        Assert.Equal([1, 4, 2, 5, 3, 6], file.ReadFloats("transposed"));
        Assert.Equal([5, 6], file.ReadFloats("tail"));
        Assert.Empty(file.ReadFloats("none"));
        Assert.Equal([6], file.ReadFloats("one"));
        Assert.Equal([3L, 2], file.Tensors["transposed"].Sizes);
    }

    [Fact]
    public void Short_floats_become_floats()
    {
        Half[] halves = [(Half)1.5f, (Half)(-2)];
        string path = Write(new TorchBytes()
            .Tensor("half", "HalfStorage", "0", 2, 0, [2], [1])
            .Tensor("brain", "BFloat16Storage", "1", 2, 0, [2], [1])
            .Tensor("double", "DoubleStorage", "2", 1, 0, [1], [1])
            .Member("data/0", MemoryMarshal.AsBytes<Half>(halves).ToArray())
            .Member("data/1", [0xC0, 0x3F, 0x00, 0xC0])
            .Member("data/2", BitConverter.GetBytes(0.25)).ToArray());
        using TorchFile file = TorchFile.Open(path);
        Assert.Equal([1.5f, -2], file.ReadFloats("half"));
        Assert.Equal([1.5f, -2], file.ReadFloats("brain"));
        Assert.Equal([0.25f], file.ReadFloats("double"));
    }

    [Theory]
    [InlineData("state_dict")]
    [InlineData("model")]
    public void A_state_dict_may_lie_in_a_dictionary_of_a_trainer(string key)
    {
        string path = Write(new TorchBytes().Text("epoch").Number(3).Text(key).Op("}("u8)
            .Tensor("w", "FloatStorage", "0", 6, 0, [6], [1])
            .Member("data/0", MemoryMarshal.AsBytes<float>(Six).ToArray()).ToArray(end: "uu."));
        using TorchFile file = TorchFile.Open(path);
        Assert.Equal(Six, file.ReadFloats("w"));
    }

    [Fact]
    public void A_function_that_is_no_part_of_a_state_dict_is_refused_by_name_and_not_run()
    {
        string path = Write(new TorchBytes().Text("w").Global("os", "system").Text("touch harm").Op([0x85, (byte)'R']).ToArray());
        Assert.Contains("os.system", Refused(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_damage_is_refused_in_one_line()
    {
        byte[] data = MemoryMarshal.AsBytes<float>(Six).ToArray();
        Assert.Contains("does not fit its storage", Refused(Write(Of([7], [1]))), StringComparison.Ordinal);
        Assert.Contains("does not fit its storage", Refused(Write(Of([1 << 30, 1 << 30, 1 << 30], [0, 0, 0]))), StringComparison.Ordinal);
        Assert.Contains("not a list of whole numbers", Refused(Write(Of([-1], [1]))), StringComparison.Ordinal);
        Assert.Contains("elements of F32 were announced", Refused(Write(Sound().Member("data/0", data[..20]).ToArray())), StringComparison.Ordinal);
        Assert.Contains("has no \"m/data/0\"", Refused(Write(Sound().ToArray())), StringComparison.Ordinal);
        Assert.Contains("is compressed", Refused(Write(Sound().Member("data/0", data).ToArray(CompressionLevel.SmallestSize))), StringComparison.Ordinal);
        Assert.Contains("big-endian", Refused(Write(Sound().Member("byteorder", "big"u8.ToArray()).ToArray())), StringComparison.Ordinal);
        Assert.Contains("occurs twice", Refused(Write(Whole(Sound()).Tensor("w", "FloatStorage", "0", 6, 0, [6], [1]).ToArray())), StringComparison.Ordinal);
        Assert.Contains("\"w\" is no tensor", Refused(Write(new TorchBytes().Text("w").Number(1).ToArray())), StringComparison.Ordinal);
        Assert.Contains("cut short", Refused(Write(Whole(Sound()).ToArray(end: "u"))), StringComparison.Ordinal);
        Assert.Contains("instruction 0x69", Refused(Write(Whole(Sound()).ToArray(end: "i"))), StringComparison.Ordinal);
        Assert.Contains("no ZIP archive", Refused(Write([.. Whole(Sound()).ToArray()[..^1]])), StringComparison.Ordinal);
        Assert.Contains("before version 1.6", Refused(Write([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9])), StringComparison.Ordinal);

        TorchBytes Whole(TorchBytes bytes) => bytes.Member("data/0", data);

        byte[] Of(int[] sizes, int[] strides) =>
            Whole(new TorchBytes().Tensor("w", "FloatStorage", "0", 6, 0, sizes, strides)).ToArray();

        static TorchBytes Sound() => new TorchBytes().Tensor("w", "FloatStorage", "0", 6, 0, [6], [1]);
    }

    [Fact]
    public void Shards_are_listed_by_an_index()
    {
        for (int i = 0; i < 2; i++)
        {
            _folder.Write($"shards/part-{i}.bin", new TorchBytes().Tensor($"w{i}", "FloatStorage", "0", 6, 0, [6], [1])
                .Member("data/0", MemoryMarshal.AsBytes<float>(Six).ToArray()).ToArray());
        }

        _folder.Write("shards/pytorch_model.bin.index.json", """{"weight_map": {"w0": "part-0.bin", "w1": "part-1.bin"}}""");
        using ModelWeights weights = ModelWeights.Open(_folder["shards"]);
        Assert.Equal(["w0", "w1"], weights.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(Six, weights.Read("w1"));
    }

    public void Dispose() => _folder.Dispose();

    private static string Refused(string path)
    {
        string message = Assert.Throws<CalmException>(() => ModelWeights.Open(path).Dispose()).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private string Write(byte[] bytes) => _folder.Write($"{Guid.NewGuid():N}.bin", bytes);
}

using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class SafetensorsTests
{
    [Fact]
    public void What_was_written_is_read()
    {
        using TemporaryFolder folder = new();
        string path = folder["a.safetensors"];
        SafetensorsWriter writer = new();
        writer.AddMetadata("format", "pt");
        writer.Add("floats \"ä\"", new Shape(2, 3), [1f, -0f, float.NaN, float.PositiveInfinity, 1e-45f, 3.5f]);
        writer.Add("ints", new Shape(3), [1, -2, int.MinValue]);
        writer.Add("longs", new Shape(2, 1), [long.MaxValue, -1L]);
        writer.Add("scalar", new Shape(), [7f]);
        writer.Add("none", new Shape(0, 5), Array.Empty<float>());
        writer.Save(path);

        using SafetensorsSet set = SafetensorsSet.Open(path);
        Assert.Equal(["floats \"ä\"", "ints", "longs", "none", "scalar"], set.Names);
        Assert.Equal("pt", set.Metadata["format"]);
        Assert.Equal([1f, -0f, float.NaN, float.PositiveInfinity, 1e-45f, 3.5f], set.Read<float>("floats \"ä\""));
        Assert.Equal([1, -2, int.MinValue], set.Read<int>("ints"));
        Assert.Equal([1f, -2f, int.MinValue], set.Read<float>("ints"));
        Assert.Equal([long.MaxValue, -1L], set.Read<long>("longs"));
        Assert.Equal([7f], set.Read<float>("scalar"));
        Assert.Empty(set.Read<float>("none"));
        Assert.True(set["longs"].HasShape(new Shape(2, 1)));
    }

    [Fact]
    public void Tensors_of_a_device_are_written_and_read_back()
    {
        using TemporaryFolder folder = new();
        using HostDevice host = new(1);
        Tensor weight = host.Persistent.Rent(new Shape(2, 2), "test");
        weight.CopyFrom([1f, 2, 3, 4]);
        Tensor ids = host.Persistent.Rent(new Shape(3), "test", ElementType.Int32);
        ids.CopyFrom([5, 6, 7]);
        SafetensorsWriter writer = new();
        writer.Add("weight", weight);
        writer.Add("ids", ids);
        writer.Save(folder["a.safetensors"]);
        weight.Clear();
        ids.Clear();

        using SafetensorsSet set = SafetensorsSet.Open(folder["a.safetensors"]);
        set.ReadInto("weight", weight);
        set.ReadInto("ids", ids);
        Assert.Equal([1f, 2, 3, 4], weight.ToArray());
        Assert.Equal([5, 6, 7], ids.ToIntegerArray());
        CalmException failure = Assert.Throws<CalmException>(() => set.ReadInto("weight", weight.Reshape(4)));
        Assert.Contains("\"weight\" has shape [2, 2], the model expects [4]", failure.Message, StringComparison.Ordinal);
        Assert.Throws<CalmException>(() => set.ReadInto("weights", weight));
    }

    [Fact]
    public void The_same_tensors_in_another_order_give_the_same_bytes_with_aligned_data()
    {
        byte[] Write(params string[] names)
        {
            SafetensorsWriter writer = new();
            foreach (string name in names)
            {
                if (name == "long")
                {
                    writer.Add(name, new Shape(1), [1L]);
                }
                else
                {
                    writer.Add(name, new Shape(1), [1f]);
                }
            }

            MemoryStream stream = new();
            writer.WriteTo(stream);
            return stream.ToArray();
        }

        byte[] first = Write("a", "long", "b");
        Assert.Equal(first, Write("b", "a", "long"));
        Assert.Equal(0, BitConverter.ToInt64(first) % 8);
        Assert.Equal(1L, BitConverter.ToInt64(first, 8 + (int)BitConverter.ToInt64(first)));
        Assert.Throws<ArgumentException>(() => Write("a", "a"));
    }

    [Fact]
    public void Every_type_is_converted()
    {
        using TemporaryFolder folder = new();
        string Raw(string type, int count, byte[] data)
        {
            string header = $$$"""{"x":{"dtype":"{{{type}}}","shape":[{{{count}}}],"data_offsets":[0,{{{data.Length}}}]}}""";
            return folder.Write(type, SafetensorsBytes.File(header, data));
        }

        T[] Read<T>(string path) where T : unmanaged, System.Numerics.INumberBase<T>
        {
            using SafetensorsSet set = SafetensorsSet.Open(path);
            return set.Read<T>("x");
        }

        Half[] halves = [(Half)1.5f, Half.NegativeInfinity, Half.Epsilon];
        byte[] halfBytes = [.. halves.SelectMany(BitConverter.GetBytes)];
        Assert.Equal(halves.Select(half => (float)half), Read<float>(Raw("F16", 3, halfBytes)));
        Assert.Equal([1.5f, float.NaN], Read<float>(Raw("BF16", 2, [0xC0, 0x3F, 0xC0, 0x7F])));
        byte[] doubleBytes = [.. BitConverter.GetBytes(0.1), .. BitConverter.GetBytes(-1e30)];
        Assert.Equal([0.1f, -1e30f], Read<float>(Raw("F64", 2, doubleBytes)));
        Assert.Equal([0.1, -1e30], Read<double>(folder["F64"]));
        Assert.Equal([-5, 6], Read<int>(Raw("I64", 2, [.. BitConverter.GetBytes(-5L), .. BitConverter.GetBytes(6L)])));
        Assert.Equal([-5], Read<long>(Raw("I32", 1, BitConverter.GetBytes(-5))));
        Assert.Equal([255f], Read<float>(Raw("U8", 1, [255])));
        Assert.Equal([0, 1], Read<int>(Raw("BOOL", 2, [0, 1])));

        CalmException floats = Assert.Throws<CalmException>(() => Read<int>(folder["F16"]));
        Assert.Contains("tensor \"x\" is F16, expected integers", floats.Message, StringComparison.Ordinal);
        CalmException large = Assert.Throws<CalmException>(
            () => Read<int>(Raw("I64", 1, BitConverter.GetBytes(long.MaxValue))));
        Assert.Contains("does not fit Int32", large.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Large_tensors_are_converted_piece_by_piece()
    {
        using TemporaryFolder folder = new();
        long[] values = [.. Enumerable.Range(0, 300_001).Select(i => (long)i * i)];
        SafetensorsWriter writer = new();
        writer.Add("x", new Shape(values.Length), values);
        writer.Save(folder["a"]);
        using SafetensorsSet set = SafetensorsSet.Open(folder["a"]);
        Assert.Equal(values, set.Read<long>("x"));
        Assert.Equal(values.Select(value => (double)value), set.Read<double>("x"));
    }

    [Fact]
    public void A_file_that_shrinks_while_open_is_reported()
    {
        using TemporaryFolder folder = new();
        SafetensorsWriter writer = new();
        writer.Add("x", new Shape(100), new float[100]);
        writer.Save(folder["a"]);
        using SafetensorsSet set = SafetensorsSet.Open(folder["a"]);
        File.WriteAllBytes(folder["a"], File.ReadAllBytes(folder["a"])[..^100]);
        CalmException failure = Assert.Throws<CalmException>(() => set.Read<float>("x"));
        Assert.Contains("cut short", failure.Message, StringComparison.Ordinal);
    }
}

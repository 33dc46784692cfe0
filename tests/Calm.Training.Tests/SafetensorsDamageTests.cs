using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Files that are wrong in one way each: every one is refused in a line that names the file and the tensor.</summary>
public sealed class SafetensorsDamageTests
{
    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x""", "not valid JSON")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", "not valid JSON")]
    [InlineData("""[1]""", "not a JSON object")]
    [InlineData("", "not valid JSON")]
    [InlineData("""{"x":3}""", "tensor \"x\" is not an object")]
    [InlineData("""{"x":{}}""", "tensor \"x\" needs dtype, shape and two data_offsets")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2]}}""", "tensor \"x\" needs")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "tensor \"x\" needs")]
    [InlineData("""{"x":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", "tensor \"x\" has dtype \"F33\"; known are BOOL")]
    [InlineData("""{"x":{"dtype":6,"shape":[2],"data_offsets":[0,8]}}""", "tensor \"x\" has dtype")]
    [InlineData("""{"x":{"dtype":"6","shape":[2],"data_offsets":[0,8]}}""", "tensor \"x\" has dtype")]
    [InlineData("""{"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "tensor \"x\" has a shape that is not")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "tensor \"x\" has a shape that is not")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "tensor \"x\" has a shape that is not")]
    [InlineData("""{"x":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", "tensor \"x\" has a shape that is not")]
    [InlineData("""{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", "tensor \"x\" has a shape")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", "tensor \"x\" has shape [4294967296, 4294967296], which has more than 2^63 bytes")]
    [InlineData("""{"x":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}""", "tensor \"x\" has shape")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,7]}}""", "tensor \"x\" has 7 bytes (data_offsets [0, 7]), its shape [2] of F32 has 8")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "tensor \"x\" has -8 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}""", "tensor \"x\" has")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "tensor \"x\" starts at byte 4, after a hole")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "tensor \"x\" ends at byte 12 of the data, the file ends at byte 8")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "4 bytes after the last tensor belong to none")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor \"y\" starts at byte 4, inside tensor \"x\"")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor \"x\" occurs twice")]
    [InlineData("""{"x":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}}""", "tensor \"x\" has dtype twice")]
    [InlineData("""{"__metadata__":3}""", "__metadata__ is not an object")]
    [InlineData("""{"__metadata__":{"a":[1]}}""", "__metadata__ \"a\" is not a string")]
    [InlineData("""{"x\u000ay":{}}""", "tensor \"x?y\" needs")]
    public void A_wrong_header_is_refused(string header, string expected)
    {
        using TemporaryFolder folder = new();
        RequireRefused(folder.Write("bad.safetensors", SafetensorsBytes.File(header, new byte[8])), expected);
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        using TemporaryFolder folder = new();
        string header = $$"""{"x":{"more":{{new string('[', 100_000)}}""";
        RequireRefused(folder.Write("bad", SafetensorsBytes.File(header, [])), "not valid JSON");
    }

    [Fact]
    public void Names_that_are_not_utf8_are_refused()
    {
        using TemporaryFolder folder = new();
        RequireRefused(folder.Write("bad", SafetensorsBytes.File([.. "{\""u8, 0xFF, .. "\":{}}"u8], [])), "not valid JSON");
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    [InlineData(100_000_001UL)]
    [InlineData(9UL)]
    public void A_header_longer_than_the_file_is_refused(ulong length)
    {
        using TemporaryFolder folder = new();
        byte[] file = [.. SafetensorsBytes.Length(length), .. new byte[8]];
        RequireRefused(folder.Write("bad", file), $"(a header of {length} bytes in a file of 16)");
    }

    [Fact]
    public void Every_cut_is_refused()
    {
        using TemporaryFolder folder = new();
        byte[] whole = SafetensorsBytes.File("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", new byte[8]);
        for (int length = 0; length < whole.Length; length++)
        {
            RequireRefused(folder.Write("cut", whole[..length]), "");
        }
    }

    [Fact]
    public void Random_changes_are_refused_or_read()
    {
        using TemporaryFolder folder = new();
        byte[] whole = SafetensorsBytes.File("""{"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}""", new byte[8]);
        Random random = new(1);
        for (int round = 0; round < 300; round++)
        {
            byte[] changed = [.. whole];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                using SafetensorsSet set = SafetensorsSet.Open(folder.Write("changed", changed));
                Assert.Equal(2, set.Read<float>(set.Names.Single()).Length);
            }
            catch (CalmException failure)
            {
                Assert.DoesNotContain('\n', failure.Message);
            }
        }
    }

    private static void RequireRefused(string path, string expected)
    {
        CalmException failure = Assert.Throws<CalmException>(() => SafetensorsSet.Open(path));
        Assert.StartsWith(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }
}

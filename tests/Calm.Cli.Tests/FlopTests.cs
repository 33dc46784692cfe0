using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary>The formulas against the paper's table.</summary>
public sealed class FlopTests
{
    [Theory]
    [InlineData("transformer-s", 281e6, 6.6e20, 4.4e8, 0.05)]
    [InlineData("transformer-m", 465e6, 11.9e20, 7.9e8, 0.05)]
    [InlineData("transformer-l", 849e6, 22.5e20, 15.0e8, 0.05)]
    [InlineData("calm-m", 371e6, 3.7e20, 2.9e8, 0.05)]
    [InlineData("calm-l", 735e6, 7.7e20, 4.6e8, 0.05)]
    [InlineData("calm-xl", 1.82e9, 19.5e20, 9.4e8, 0.11)]
    [InlineData("autoencoder", 75e6, 0, 0, 0.05)]
    public void Table_is_reproduced(string name, double parameters, double training, double inference, double trainingTolerance)
    {
        JsonElement model = Flops().GetProperty("models").EnumerateArray().Single(m => m.GetProperty("name").GetString() == name);
        Assert.InRange(model.GetProperty("parameters").GetDouble() / parameters, 0.95, 1.05);
        if (training > 0)
        {
            double ratio = model.GetProperty("trainingFlops").GetDouble() / training;
            Assert.InRange(ratio, 1 - trainingTolerance, 1 + trainingTolerance);
            Assert.InRange(model.GetProperty("inferenceFlopsPerToken").GetDouble() / inference, 0.95, 1.05);
        }
    }

    [Fact]
    public void Savings_are_43_and_34_percent_and_sampling_is_not_free()
    {
        JsonElement flops = Flops();
        Assert.Equal(0.431, flops.GetProperty("savings").GetProperty("training").GetDouble(), 0.001);
        Assert.Equal(0.343, flops.GetProperty("savings").GetProperty("inference").GetDouble(), 0.001);
        JsonElement sampling = flops.GetProperty("sampling");
        Assert.Equal(200, sampling.GetProperty("candidates").GetInt32());
        Assert.Equal(3.0e10, sampling.GetProperty("flopsPerToken").GetDouble(), 0.05e10);
    }

    private static JsonElement Flops()
    {
        (int code, string output, _) = CommandLineTests.Calm("flops", "--json");
        Assert.Equal(0, code);
        return JsonDocument.Parse(output).RootElement;
    }
}

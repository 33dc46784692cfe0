using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>Tests of the energy score and the latent ops on devices beyond their cases: coincident draws, NaN, limits.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class EnergyOnDevicesTests(TestDevices devices)
{
    private const int Columns = 12;

    public static TheoryData<string, float> DevicesAndExponents()
    {
        TheoryData<string, float> data = [];
        foreach (string device in TestDevices.Names)
        {
            data.Add(device, 1f);
            data.Add(device, 0.5f);
        }

        return data;
    }

    /// <summary>All draws and half of the targets are zero: no direction, no gradient, and no NaN.</summary>
    [Theory]
    [MemberData(nameof(DevicesAndExponents))]
    public void A_distance_of_zero_gives_no_gradient(string deviceName, float exponent)
    {
        const int targets = 20;
        float[] y = new float[targets * Columns];
        y.AsSpan(y.Length / 2).Fill(1);
        float[] gradient = Gradient(deviceName, new float[5 * Columns], y, exponent);

        // Each of 5 * 10 pairs that do not coincide: |d| = sqrt(12), d = -1.
        float want = -exponent * MathF.Pow(Columns, exponent / 2 - 1) * 10 / (5 * targets);
        Assert.All(gradient, g => Assert.Equal(want, g, 1e-6f));
    }

    [Theory]
    [MemberData(nameof(DevicesAndExponents))]
    public void A_NaN_comes_through(string deviceName, float exponent)
    {
        float[] x = new float[5 * Columns];
        x[Columns + 3] = float.NaN;
        float[] gradient = Gradient(deviceName, x, new float[20 * Columns], exponent);
        Assert.True(float.IsNaN(gradient[Columns + 3]));

        Device device = devices[deviceName];
        using Tape tape = new(device);
        Tensor spoilt = tape.From(x, new Shape(5, Columns));
        Tensor finite = tape.From(new float[x.Length], spoilt.Shape);
        Assert.True(float.IsNaN(ClampedKl.Apply(tape, spoilt, finite, 0.5f).ToArray()[0]));
        Assert.True(float.IsNaN(ClampedKl.Apply(tape, finite, spoilt, 0.5f).ToArray()[0]));
        Assert.Equal(x, Dropout.Apply(tape, spoilt, 0.25f, finite).ToArray());
        Assert.True(float.IsNaN(Reparameterise.Apply(tape, finite, spoilt, finite).ToArray()[Columns + 3]));
    }

    [Fact]
    public void More_columns_than_there_is_room_for_are_refused()
    {
        Device device = devices[TestDevices.Names[0]];
        using Tape tape = new(device);
        Tensor draws = tape.Rent(new Shape(1, 2, 1025), "test");
        Assert.Contains(
            "number of columns on a device is 1025, expected at most 1024",
            Assert.Throws<ArgumentException>(() => EnergyTerms.Apply(tape, draws, draws)).Message);
    }

    /// <summary>Of fit with respect to draws, at one position.</summary>
    private float[] Gradient(string deviceName, float[] x, float[] y, float exponent)
    {
        Device device = devices[deviceName];
        using Tape tape = new(device);
        Tensor draws = tape.From(x, new Shape(1, x.Length / Columns, Columns));
        draws.RequiresGradient = true;
        Tensor terms = EnergyTerms.Apply(tape, draws, tape.From(y, new Shape(1, y.Length / Columns, Columns)), exponent);
        terms.SetGradient(tape.From([0f, 1f], terms.Shape));
        tape.Backward();
        return draws.Gradient!.ToArray();
    }
}

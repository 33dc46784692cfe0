using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// <c>calm bench --tune</c>: times every variant of the matrix products of a training step and keeps the fastest.
/// </summary>
internal static class TuneReport
{
    /// <summary>Tunes a device and prints the results.</summary>
    public static int Run(Terminal terminal, Device device, string preset, int? batch, double seconds)
    {
        ProductTuning tuning = ProductTuning.Of(device);
        IReadOnlyCollection<ProductShape> shapes;
        using (StepTimer timer = new(Presets.Step(preset, batch), device))
        {
            shapes = tuning.ShapesIn(() => timer.Step());
        }

        IReadOnlyList<TriedForm> tried = ProductTuner.Run(device, shapes, seconds);
        var result = new { device = device.Name, driver = device.Description, step = preset, file = tuning.File, tried };
        terminal.Result(result, writer =>
        {
            if (tried.Count == 0)
            {
                writer.WriteLine($"{device.Name}: products have one form here, nothing to tune");
                return;
            }

            writer.WriteLine($"{"class of products",-34}{"timed",-24}{"form",-14}{"best us",10}{"GFLOP/s",10}");
            foreach (TriedForm t in tried)
            {
                writer.WriteLine(
                    $"{t.Class,-34}{t.Shape,-24}{t.Form,-14}{t.SecondsBest * 1e6,10:F1}{t.Gflops,10:F1}"
                    + (t.Chosen ? "  kept" : ""));
            }

            writer.WriteLine($"all forms have the same bits; kept in {tuning.File}");
        });
        return 0;
    }
}

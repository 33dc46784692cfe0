using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A form that was tried.</summary>
/// <param name="Class">For which products: <see cref="ProductShape.Class"/>.</param>
/// <param name="Shape">The one that was timed.</param>
/// <param name="Form">How it was computed.</param>
/// <param name="SecondsBest">Best of several times.</param>
/// <param name="Gflops">What that is in 10^9 operations a second.</param>
/// <param name="Chosen">Whether it is the one that is kept.</param>
internal sealed record TriedForm(
    string Class, string Shape, ProductForm Form, double SecondsBest, double Gflops, bool Chosen);

/// <summary>Finds the fastest form of each class of product on a device.</summary>
internal static partial class ProductTuner
{
    /// <summary>Times every form of the largest product of each class, checks it, and keeps the fastest in the file.</summary>
    /// <param name="device">Where.</param>
    /// <param name="shapes">The products.</param>
    /// <param name="seconds">How long each form is tried.</param>
    /// <returns>What was tried; nothing if the device has one form for everything.</returns>
    /// <exception cref="CalmException">A form differs from the others by a bit, or from the definition.</exception>
    public static IReadOnlyList<TriedForm> Run(Device device, IReadOnlyCollection<ProductShape> shapes, double seconds)
    {
        List<TriedForm> tried = [];
        TryOnDevice(device, shapes, seconds, tried);
        if (tried.Count > 0)
        {
            ProductTuning.Of(device).Keep(
                tried.Where(t => t.Chosen).Select(t => new KeyValuePair<string, ProductForm>(t.Class, t.Form)));
        }

        return tried;
    }

    static partial void TryOnDevice(
        Device device, IReadOnlyCollection<ProductShape> shapes, double seconds, List<TriedForm> tried);
}

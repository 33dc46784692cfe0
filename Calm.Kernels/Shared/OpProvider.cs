using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Implements ops by another library, or in another way, so that <c>calm bench</c> can time them beside ours. A class with this
/// interface and a constructor without parameters is found by it.
/// </summary>
public interface IOpProvider : IDisposable
{
    /// <summary>Its name on the command line, in lower case, such as openblas.</summary>
    string Name { get; }

    /// <summary>The library with its version and settings; read after <see cref="Open"/>.</summary>
    string Description { get; }

    /// <summary>Loads the library for ops beside a device, with as many threads as the device has.</summary>
    /// <param name="device">The device of our side.</param>
    /// <returns>Null, or the reason why it does not run here, with the remedy: a part of a sentence.</returns>
    string? Open(Device device);

    /// <summary>Prepares an op.</summary>
    /// <param name="c">The case, whose op and shapes say what is to be computed.</param>
    /// <param name="operands">The numbers.</param>
    /// <returns>The op; null if the library has none like it.</returns>
    IProvidedOp? Prepare(OpCase c, ProvidedOperands operands);
}

/// <summary>The numbers of a case, which all providers get.</summary>
/// <param name="Inputs">The elements of the inputs, in the order of <see cref="OpCase.Inputs"/>.</param>
/// <param name="Cotangents">The gradients given to the outputs; empty if gradients do not flow.</param>
public sealed record ProvidedOperands(IReadOnlyList<float[]> Inputs, IReadOnlyList<float[]> Cotangents);

/// <summary>A case as a provider computes it, again and again on the same numbers.</summary>
public interface IProvidedOp : IDisposable
{
    /// <summary>The library's functions that do the work, as they would be called.</summary>
    string Form { get; }

    /// <summary>Whether it computes gradients.</summary>
    bool HasBackward { get; }

    /// <summary>Makes the numbers as they were before the last run. It is not timed.</summary>
    void Reset();

    /// <summary>Computes the outputs; prepares for backward if there is one. Returns when the work is done.</summary>
    void Forward();

    /// <summary>Computes the gradients of the inputs, after a forward.</summary>
    void Backward();

    /// <summary>The outputs of the last forward.</summary>
    IReadOnlyList<float[]> Outputs();

    /// <summary>The gradients of the inputs after a backward; null for inputs without one.</summary>
    IReadOnlyList<float[]?> Gradients();
}

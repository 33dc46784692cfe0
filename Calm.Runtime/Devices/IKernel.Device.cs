namespace Calm.Runtime;

/// <summary>
/// A kernel: a struct whose fields, views and numbers, are its parameters. Its type is its name, in caches, profiles and
/// generated code.
/// </summary>
/// <remarks>The struct is internal or public: ILGPU's CPU launcher cannot see private ones.</remarks>
public interface IKernel
{
    /// <summary>The code of one thread.</summary>
    void Run();
}

/// <summary>A kernel that runs another one, whose name it takes.</summary>
/// <typeparam name="TKernel">The other kernel.</typeparam>
public interface IKernelAdapter<TKernel> : IKernel where TKernel : struct;

using System.Globalization;
using System.Reflection;

namespace Calm.Runtime;

/// <summary>The method that ILGPU compiles for a kernel.</summary>
/// <typeparam name="TKernel">The kernel.</typeparam>
internal static class KernelEntry<TKernel> where TKernel : struct, IKernel
{
    /// <summary>The method under its own name, for ILGPU's CPU accelerator, which calls it.</summary>
    public static MethodInfo Method { get; } = ((Action<TKernel>)Run).Method;

    /// <summary>The method under the kernel's name, for compilers: profilers of drivers then show which kernel ran.</summary>
    public static MethodInfo NamedMethod { get; } = new NamedMethod(Method, KernelName.EntryOf(typeof(TKernel)));

    private static void Run(TKernel kernel) => kernel.Run();
}

/// <summary>A method that gives itself another name: ILGPU names a kernel's entry in PTX and OpenCL C after its method.</summary>
internal sealed class NamedMethod(MethodInfo method, string name) : MethodInfo
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override Type? DeclaringType => method.DeclaringType;

    /// <inheritdoc/>
    public override Type? ReflectedType => method.ReflectedType;

    /// <inheritdoc/>
    public override Module Module => method.Module;

    /// <inheritdoc/>
    public override int MetadataToken => method.MetadataToken;

    /// <inheritdoc/>
    public override MethodAttributes Attributes => method.Attributes;

    /// <inheritdoc/>
    public override CallingConventions CallingConvention => method.CallingConvention;

    /// <inheritdoc/>
    public override RuntimeMethodHandle MethodHandle => method.MethodHandle;

    /// <inheritdoc/>
    public override Type ReturnType => method.ReturnType;

    /// <inheritdoc/>
    public override ParameterInfo ReturnParameter => method.ReturnParameter;

    /// <inheritdoc/>
    public override ICustomAttributeProvider ReturnTypeCustomAttributes => method.ReturnTypeCustomAttributes;

    /// <inheritdoc/>
    public override bool IsGenericMethod => method.IsGenericMethod;

    /// <inheritdoc/>
    public override Type[] GetGenericArguments() => method.GetGenericArguments();

    /// <inheritdoc/>
    public override ParameterInfo[] GetParameters() => method.GetParameters();

    /// <inheritdoc/>
    public override MethodBody? GetMethodBody() => method.GetMethodBody();

    /// <inheritdoc/>
    public override MethodImplAttributes GetMethodImplementationFlags() => method.GetMethodImplementationFlags();

    /// <inheritdoc/>
    public override MethodInfo GetBaseDefinition() => method.GetBaseDefinition();

    /// <inheritdoc/>
    public override object[] GetCustomAttributes(bool inherit) => method.GetCustomAttributes(inherit);

    /// <inheritdoc/>
    public override object[] GetCustomAttributes(Type attributeType, bool inherit) =>
        method.GetCustomAttributes(attributeType, inherit);

    /// <inheritdoc/>
    public override bool IsDefined(Type attributeType, bool inherit) => method.IsDefined(attributeType, inherit);

    /// <inheritdoc/>
    public override object? Invoke(
        object? obj, BindingFlags invokeAttr, Binder? binder, object?[]? parameters, CultureInfo? culture) =>
        method.Invoke(obj, invokeAttr, binder, parameters, culture);
}

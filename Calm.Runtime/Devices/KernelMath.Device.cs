using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;

namespace Calm.Runtime;

/// <summary>
/// Functions for kernels that are the same to the bit on every device: ILGPU's own are approximations where the hardware
/// has some.
/// </summary>
public static class KernelMath
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>a * b + c with one rounding: an instruction on all devices, where ILGPU would call a missing function.</summary>
    [IntrinsicImplementation]
    public static float FusedMultiplyAdd(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <summary>e^x: <see cref="LaneMath.Exp"/>.</summary>
    [MethodImpl(Inline)]
    public static float Exp(float x) => LaneMath.Exp(new KernelNumber(x)).Value;

    /// <summary>Natural logarithm: <see cref="LaneMath.Log"/>.</summary>
    [MethodImpl(Inline)]
    public static float Log(float x) => LaneMath.Log(new KernelNumber(x)).Value;

    /// <summary>1 / (1 + e^-x): <see cref="LaneMath.Sigmoid"/>.</summary>
    [MethodImpl(Inline)]
    public static float Sigmoid(float x) => LaneMath.Sigmoid(new KernelNumber(x)).Value;

    /// <summary>Makes the intrinsics known to a context's back ends.</summary>
    internal static void Register(Context.Builder builder)
    {
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        var multiplyAdd = typeof(KernelMath).GetMethod(nameof(FusedMultiplyAdd))!;
        manager.RegisterMethod(multiplyAdd, new PTXIntrinsic(
            typeof(KernelMath), nameof(EmitPtxMultiplyAdd), IntrinsicImplementationMode.GenerateCode));
        manager.RegisterMethod(multiplyAdd, new CLIntrinsic(
            typeof(KernelMath), nameof(EmitOpenClMultiplyAdd), IntrinsicImplementationMode.GenerateCode));
    }

    private static void EmitPtxMultiplyAdd(PTXBackend _, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        var a = generator.LoadPrimitive(call[0]);
        var b = generator.LoadPrimitive(call[1]);
        var c = generator.LoadPrimitive(call[2]);
        var result = generator.AllocateHardware(value);
        using var command = generator.BeginCommand("fma.rn.f32");
        command.AppendArgument(result);
        command.AppendArgument(a);
        command.AppendArgument(b);
        command.AppendArgument(c);
    }

    private static void EmitOpenClMultiplyAdd(CLBackend _, CLCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        var a = generator.Load(call[0]);
        var b = generator.Load(call[1]);
        var c = generator.Load(call[2]);
        var result = generator.Allocate(value);
        using var statement = generator.BeginStatement(result);
        statement.AppendCommand("fma");
        statement.BeginArguments();
        statement.AppendArgument(a);
        statement.AppendArgument(b);
        statement.AppendArgument(c);
        statement.EndArguments();
    }
}

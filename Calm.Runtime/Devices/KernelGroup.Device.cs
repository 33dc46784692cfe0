using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace Calm.Runtime;

/// <summary>The threads of a group.</summary>
public static class KernelGroup
{
    /// <summary>
    /// Waits for all threads of the group, each of which must come here; after it they see what the others wrote, to shared
    /// memory and to global memory.
    /// </summary>
    /// <remarks>
    /// ILGPU 1.5.3 puts a fence of global memory alone into the barriers of OpenCL. AMD's compiler then waits for no store to
    /// shared memory, which the next thread may read too early.
    /// </remarks>
    [IntrinsicImplementation]
    public static void Barrier() => Group.Barrier();

    /// <summary>Makes the barrier known to a context's back ends.</summary>
    internal static void Register(Context.Builder builder)
    {
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        var barrier = typeof(KernelGroup).GetMethod(nameof(Barrier))!;
        manager.RegisterMethod(barrier, new PTXIntrinsic(
            typeof(KernelGroup), nameof(EmitPtx), IntrinsicImplementationMode.GenerateCode));
        manager.RegisterMethod(barrier, new CLIntrinsic(
            typeof(KernelGroup), nameof(EmitOpenCl), IntrinsicImplementationMode.GenerateCode));
    }

    private static void EmitPtx(PTXBackend _, PTXCodeGenerator generator, Value __)
    {
        using var command = generator.BeginCommand("bar.sync");
        command.AppendConstant(0L);
    }

    private static void EmitOpenCl(CLBackend _, CLCodeGenerator generator, Value __)
    {
        using var statement = generator.BeginStatement("barrier");
        statement.BeginArguments();
        statement.AppendArgument();
        statement.AppendCommand("CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE");
        statement.EndArguments();
    }
}

using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Types;
using ILGPU.IR.Values;

namespace Calm.Runtime;

/// <content>The instructions as PTX.</content>
internal static partial class TensorCore
{
    /// <summary>Makes the instructions known to a context's back ends.</summary>
    internal static void Register(Context.Builder builder)
    {
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        Add(nameof(MultiplyTiles), nameof(EmitMultiplyTiles));
        Add(nameof(LoadTiles), nameof(EmitLoadTiles));
        Add(nameof(LoadTransposedTiles), nameof(EmitLoadTransposedTiles));
        Add(nameof(CopyAsync), nameof(EmitCopyAsync));
        Add(nameof(CommitCopies), nameof(EmitCommitCopies));
        Add(nameof(WaitForAllButOne), nameof(EmitWaitForAllButOne));
        Add(nameof(WaitForAll), nameof(EmitWaitForAll));
        Add(nameof(Pack), nameof(EmitPack));
        Add(nameof(Exp2), nameof(EmitExp2));
        Add(nameof(Max), nameof(EmitMax));

        void Add(string method, string emit) => manager.RegisterMethod(
            typeof(TensorCore).GetMethod(method, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!,
            new PTXIntrinsic(typeof(TensorCore), emit, IntrinsicImplementationMode.GenerateCode));
    }

    private static void EmitMultiplyTiles(PTXBackend _, PTXCodeGenerator generator, Value value)
    {
        var inputs = new RegisterAllocator<PTXRegisterKind>.PrimitiveRegister[10];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = generator.LoadPrimitive(((MethodCall)value)[i]);
        }

        var sums = Outputs(generator, value);
        using var command = generator.BeginCommand("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32");
        command.AppendVectorArgument(sums);
        command.AppendVectorArgument(inputs[..4]);
        command.AppendVectorArgument(inputs[4..6]);
        command.AppendVectorArgument(inputs[6..]);
    }

    private static void EmitLoadTiles(PTXBackend _, PTXCodeGenerator generator, Value value) =>
        EmitLoad(generator, value, "ldmatrix.sync.aligned.m8n8.x4.shared.b16");

    private static void EmitLoadTransposedTiles(PTXBackend _, PTXCodeGenerator generator, Value value) =>
        EmitLoad(generator, value, "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16");

    private static void EmitLoad(PTXCodeGenerator generator, Value value, string instruction)
    {
        MethodCall call = (MethodCall)value;
        var address = SharedAddress(generator, call[0]);
        var words = Outputs(generator, value);
        using var command = generator.BeginCommand(instruction);
        command.AppendVectorArgument(words);
        command.AppendArgumentValue(address, BytesOf(call[1]));
    }

    private static void EmitCopyAsync(PTXBackend _, PTXCodeGenerator generator, Value value)
    {
        MethodCall call = (MethodCall)value;
        var target = SharedAddress(generator, call[0]);
        var source = AddressIn(generator, call[2], MemoryAddressSpace.Global, "cvta.to.global.u64");
        using var command = generator.BeginCommand("cp.async.cg.shared.global");
        command.AppendArgumentValue(target, BytesOf(call[1]));
        command.AppendArgumentValue(source, BytesOf(call[3]));
        command.AppendConstant(16L);
    }

    private static void EmitCommitCopies(PTXBackend _, PTXCodeGenerator generator, Value __) =>
        generator.Command("cp.async.commit_group");

    private static void EmitWaitForAllButOne(PTXBackend _, PTXCodeGenerator generator, Value __) => Wait(generator, 1);

    private static void EmitWaitForAll(PTXBackend _, PTXCodeGenerator generator, Value __) => Wait(generator, 0);

    private static void Wait(PTXCodeGenerator generator, long pending)
    {
        using var command = generator.BeginCommand("cp.async.wait_group");
        command.AppendConstant(pending);
    }

    private static void EmitPack(PTXBackend _, PTXCodeGenerator generator, Value value) =>
        EmitOnNumbers(generator, (MethodCall)value, "cvt.rn.bf16x2.f32", 1, 0);

    private static void EmitExp2(PTXBackend _, PTXCodeGenerator generator, Value value) =>
        EmitOnNumbers(generator, (MethodCall)value, "ex2.approx.ftz.f32", 0);

    private static void EmitMax(PTXBackend _, PTXCodeGenerator generator, Value value) =>
        EmitOnNumbers(generator, (MethodCall)value, "max.f32", 0, 1);

    /// <summary>An instruction on arguments of the call, in the given order.</summary>
    private static void EmitOnNumbers(
        PTXCodeGenerator generator, MethodCall call, string instruction, params ReadOnlySpan<int> order)
    {
        var inputs = new RegisterAllocator<PTXRegisterKind>.PrimitiveRegister[order.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = generator.LoadPrimitive(call[order[i]]);
        }

        var result = generator.AllocateHardware(call);
        using var command = generator.BeginCommand(instruction);
        command.AppendArgument(result);
        foreach (var input in inputs)
        {
            command.AppendArgument(input);
        }
    }

    /// <summary>A constant number of words in bytes.</summary>
    private static int BytesOf(Value words) =>
        words is PrimitiveValue constant
            ? sizeof(uint) * constant.Int32Value
            : throw new NotSupportedException("a distance in words must be a compile-time constant");

    /// <summary>Registers for the four fields of a result.</summary>
    private static RegisterAllocator<PTXRegisterKind>.PrimitiveRegister[] Outputs(PTXCodeGenerator generator, Value value)
    {
        var structure = (RegisterAllocator<PTXRegisterKind>.CompoundRegister)generator.Allocate(value);
        return [.. structure.Children.Cast<RegisterAllocator<PTXRegisterKind>.PrimitiveRegister>()];
    }

    private static RegisterAllocator<PTXRegisterKind>.HardwareRegister SharedAddress(PTXCodeGenerator generator, Value address) =>
        AddressIn(generator, address, MemoryAddressSpace.Shared, "cvta.to.shared.u64");

    /// <summary>
    /// An address as an instruction of one space takes it. ILGPU finds out where most references point to, and then they are
    /// addresses of that space already; converting one again would make it point nowhere.
    /// </summary>
    private static RegisterAllocator<PTXRegisterKind>.HardwareRegister AddressIn(
        PTXCodeGenerator generator, Value address, MemoryAddressSpace space, string conversion)
    {
        var given = generator.LoadHardware(address);
        if (((AddressSpaceType)address.Type).AddressSpace == space)
        {
            return given;
        }

        var result = generator.AllocateRegister(BasicValueType.Int64, PTXRegisterKind.Int64);
        using var command = generator.BeginCommand(conversion);
        command.AppendArgument(result);
        command.AppendArgument(given);
        return result;
    }
}

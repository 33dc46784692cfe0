namespace Calm.Kernels.Tests;

/// <summary>Reading PTX, and what its assembler says.</summary>
public sealed class KernelResourcesTests
{
    [Fact]
    public void Ptx_shows_arrays_and_instructions()
    {
        const string ptx = """
            .visible .entry Kernel_Sum(.param .b64 _a)
            {
                .shared .align 4 .b8 shared_12[512];
                .shared .align 16 .b32 tile[64];
                .local .align 8 .b8 __local_depot0[128];
                .reg .f64 %fd<4>;
                ld.param.b64 %rd1, [_a];
                @%p1 st.local.b32 [%rd4], %r2;
                ld.local.v2.f32 {%f1, %f2}, [%rd4];
                cvt.f64.f32 %fd1, %f1;
                @!%p2 add.f64 %fd2, %fd1, %fd1;
                mov.b64 %rd7, %rd8;
                ret;
            }
            """;
        KernelResources resources = KernelResources.OfPtx(ptx);
        Assert.Equal(
            new KernelResources { SharedBytes = 768, StackBytes = 128, Float64 = 2, LocalAccesses = 2 }, resources);
    }

    [Fact]
    public void Ptxas_tells_the_rest()
    {
        const string log = """
            ptxas info    : 0 bytes gmem
            ptxas info    : Compiling entry function 'Kernel_Sum' for 'sm_90'
            ptxas info    : Function properties for Kernel_Sum
                32 bytes stack frame, 16 bytes spill stores, 12 bytes spill loads
            ptxas info    : Used 40 registers, used 1 barriers, 512 bytes smem, 600 bytes cmem[0], 8 bytes cmem[2]
            """;
        Assert.Equal(
            new KernelResources
            {
                Registers = 40, SharedBytes = 512, StackBytes = 32, SpillBytes = 28, ConstantBytes = 608, Float64 = 3,
            },
            Ptxas.Read(log, new KernelResources { Float64 = 3, SharedBytes = 1, StackBytes = 1 }));
    }
}

namespace Calm.Kernels.Tests;

/// <summary>Counts of instructions, and the code behind them.</summary>
public sealed class InstructionCountTests
{
    [Fact]
    public void Ptx_is_counted_by_kind()
    {
        const string ptx = """
            .visible .entry Kernel_Sum(.param .b64 _a)
            {
                .reg .f64 %fd<4>;
            L_0:
                ld.param.b64 %rd1, [_a];
                ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd4];
                @%p1 st.global.f32 [%rd4], %f2;
                cp.async.cg.shared.global [%rd12], [%rd13], 16;
                ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r1, %r2, %r3, %r4}, [%rd1];
                mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1}, {%r1}, {%r2}, {%f1};
                fma.rn.f32 %f1, %f2, %f3, %f1;
                bar.sync 0;
                ret;
            }
            """;
        Assert.Equal(
            new InstructionCounts
            {
                All = 9, GlobalLoads = 2, GlobalStores = 1, SharedLoads = 1, SharedStores = 1, Fma = 1, Mma = 1, Barriers = 1,
            },
            InstructionCounts.OfPtx(ptx));
    }

    [Fact]
    public void Machine_code_is_counted_without_padding()
    {
        const string sass = """
            .text.Kernel_Sum:
                    /*0000*/                   LDC R1, c[0x0][0x28] ;
                    /*0010*/              @!P0 LDG.E R2, desc[UR4][R2.64] ;
                    /*0020*/                   LDGSTS.E.BYPASS.128 [R3], desc[UR4][R2.64] ;
                    /*0030*/                   LDSM.16.M88.4 R4, [R3] ;
                    /*0040*/                   HMMA.16816.F32.BF16 R4, R4, R8, RZ ;
                    /*0050*/                   FFMA R1, R2, R3, R4 ;
                    /*0060*/                   BAR.SYNC.DEFER_BLOCKING 0x0 ;
                    /*0070*/                   STS.64 [R3], R4 ;
                    /*0080*/                   STG.E desc[UR4][R2.64], R1 ;
            .L_x_0:
                    /*0090*/                   NOP;
            """;
        Assert.Equal(
            new InstructionCounts
            {
                All = 9, GlobalLoads = 2, GlobalStores = 1, SharedLoads = 1, SharedStores = 2, Fma = 1, Mma = 1, Barriers = 1,
            },
            InstructionCounts.OfSass(sass));
    }

    [PtxasFact]
    public void Machine_code_has_the_bytes_that_its_file_names()
    {
        KernelSource source = KernelSources.Of(
            [.. OpCases.Find().Where(c => c.Op == "CandidateChoice")], [SourceLanguage.Ptx])[0];
        KernelReport report = Assert.Single(KernelReport.Of([source], Ptxas.Find(), ["sm_89"], withSass: true));
        int instructions = report.Counts!.All;
        Assert.Equal("sass", report.Language);
        Assert.True(report.Counts.GlobalLoads > 0);
        Assert.InRange(report.Resources!.CodeBytes ?? 0, instructions * 16, instructions * 16 + 256);
        Assert.Null(Cubin.CodeBytes("no file of ptxas"u8));
    }
}

/* The barrier of AMD's OpenCL library, which Debian has not: a fence of the memories that the flags name on both sides of the
 * hardware's barrier. From it the compiler knows for which stores it must wait. */
#define FENCE(order, flags)                                                    \
    ((flags) == CLK_GLOBAL_MEM_FENCE  ? __builtin_amdgcn_fence(order, "workgroup", "global") \
     : (flags) == CLK_LOCAL_MEM_FENCE ? __builtin_amdgcn_fence(order, "workgroup", "local")  \
                                      : __builtin_amdgcn_fence(order, "workgroup"))
#define barrier(flags)                                                         \
    (FENCE(__ATOMIC_RELEASE, flags), __builtin_amdgcn_s_barrier(), FENCE(__ATOMIC_ACQUIRE, flags))

/* A libOpenCL.so in front of the real one: it passes everything on, but speaks of another device. What it does not define the
 * program finds in the real library, which this one is linked to. run.sh compiles it where CALM_RELAY is set or needed.
 *
 *   CALM_RELAY_VERSION       OpenCL's version, such as 2.0, of platform, device and language
 *   CALM_RELAY_TYPE          type of the device: 2 CPU, 4 GPU
 *   CALM_RELAY_MEMORY        bytes of its memory; buffers beyond it fail
 *   CALM_RELAY_ALLOCATION    bytes of its largest buffer; a larger one fails
 *   CALM_RELAY_LOCAL_MEMORY  bytes of a group's local memory; a kernel that takes more fails to launch (PoCL does not tell
 *                            how much one takes: there nothing fails)
 *   CALM_RELAY_GROUP         work items of its largest group; a larger one fails to launch
 *   CALM_RELAY_PRELUDE       a line of OpenCL C before each program, such as #define barrier(fences)
 */
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 200
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each answer that may change: the question, the variable with the other answer, and the form of the answer. */
#define PLATFORM_ANSWERS(TEXT) TEXT(CL_PLATFORM_VERSION, "CALM_RELAY_VERSION", "OpenCL %s relay")
#define DEVICE_ANSWERS(NUMBER, TEXT)                                           \
    TEXT(CL_DEVICE_VERSION, "CALM_RELAY_VERSION", "OpenCL %s relay")           \
    TEXT(CL_DEVICE_OPENCL_C_VERSION, "CALM_RELAY_VERSION", "OpenCL C %s relay") \
    NUMBER(CL_DEVICE_TYPE, "CALM_RELAY_TYPE", cl_device_type)                  \
    NUMBER(CL_DEVICE_GLOBAL_MEM_SIZE, "CALM_RELAY_MEMORY", cl_ulong)           \
    NUMBER(CL_DEVICE_MAX_MEM_ALLOC_SIZE, "CALM_RELAY_ALLOCATION", cl_ulong)    \
    NUMBER(CL_DEVICE_LOCAL_MEM_SIZE, "CALM_RELAY_LOCAL_MEMORY", cl_ulong)      \
    NUMBER(CL_DEVICE_MAX_WORK_GROUP_SIZE, "CALM_RELAY_GROUP", size_t)

/* The real function of this name. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The number in a variable, or the other one where it is not set. */
static unsigned long long limit(const char *variable, unsigned long long otherwise)
{
    const char *text = getenv(variable);
    return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* Answers as OpenCL's questions do: the size, then the value if it fits. */
static cl_int answer(const void *value, size_t size, size_t room, void *to, size_t *written)
{
    if (written) {
        *written = size;
    }
    if (to && room < size) {
        return CL_INVALID_VALUE;
    }
    if (to) {
        memcpy(to, value, size);
    }
    return CL_SUCCESS;
}

#define ANSWER_NUMBER(question, variable, type)                                \
    if (what == question && getenv(variable)) {                                \
        type number = (type)limit(variable, 0);                                \
        return answer(&number, sizeof number, size, value, written);           \
    }
#define ANSWER_TEXT(question, variable, form)                                  \
    if (what == question && getenv(variable)) {                                \
        char text[64];                                                         \
        int length = snprintf(text, sizeof text, form, getenv(variable));      \
        return answer(text, (size_t)length + 1, size, value, written);         \
    }

cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info what, size_t size, void *value, size_t *written)
{
    PLATFORM_ANSWERS(ANSWER_TEXT)
    return REAL(clGetPlatformInfo)(platform, what, size, value, written);
}

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t size, void *value, size_t *written)
{
    DEVICE_ANSWERS(ANSWER_NUMBER, ANSWER_TEXT)
    cl_int status = REAL(clGetDeviceInfo)(device, what, size, value, written);
    if (status == CL_SUCCESS && what == CL_DEVICE_MAX_WORK_ITEM_SIZES && value) {
        size_t most = limit("CALM_RELAY_GROUP", (size_t)-1), *sizes = value;
        for (size_t i = 0; i < size / sizeof *sizes; i++) {
            sizes[i] = sizes[i] < most ? sizes[i] : most;
        }
    }
    return status;
}

/* Bytes in buffers. One thread makes and releases them at a time. */
static unsigned long long used;

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *status)
{
    cl_int refusal = size > limit("CALM_RELAY_ALLOCATION", -1ull) ? CL_INVALID_BUFFER_SIZE
        : used + size > limit("CALM_RELAY_MEMORY", -1ull)         ? CL_MEM_OBJECT_ALLOCATION_FAILURE
                                                                  : CL_SUCCESS;
    if (refusal != CL_SUCCESS) {
        if (status) {
            *status = refusal;
        }
        return NULL;
    }
    cl_mem buffer = REAL(clCreateBuffer)(context, flags, size, host, status);
    used += buffer ? size : 0;
    return buffer;
}

cl_int clReleaseMemObject(cl_mem buffer)
{
    size_t size = 0;
    REAL(clGetMemObjectInfo)(buffer, CL_MEM_SIZE, sizeof size, &size, NULL);
    used -= size;
    return REAL(clReleaseMemObject)(buffer);
}

cl_int clEnqueueNDRangeKernel(
    cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset, const size_t *global,
    const size_t *local, cl_uint events, const cl_event *after, cl_event *event)
{
    size_t items = 1;
    for (cl_uint i = 0; local && i < dimensions; i++) {
        items *= local[i];
    }
    if (items > limit("CALM_RELAY_GROUP", -1ull)) {
        return CL_INVALID_WORK_GROUP_SIZE;
    }

    cl_device_id device;
    cl_ulong bytes = 0;
    REAL(clGetCommandQueueInfo)(queue, CL_QUEUE_DEVICE, sizeof device, &device, NULL);
    REAL(clGetKernelWorkGroupInfo)(kernel, device, CL_KERNEL_LOCAL_MEM_SIZE, sizeof bytes, &bytes, NULL);
    if (bytes > limit("CALM_RELAY_LOCAL_MEMORY", -1ull)) {
        return CL_OUT_OF_RESOURCES;
    }
    return REAL(clEnqueueNDRangeKernel)(queue, kernel, dimensions, offset, global, local, events, after, event);
}

cl_program clCreateProgramWithSource(
    cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *status)
{
    const char *prelude = getenv("CALM_RELAY_PRELUDE");
    if (!prelude || count != 1) {
        return REAL(clCreateProgramWithSource)(context, count, texts, lengths, status);
    }

    const char *with[] = {prelude, "\n", texts[0]};
    const size_t withLengths[] = {0, 0, lengths ? lengths[0] : 0};
    return REAL(clCreateProgramWithSource)(context, 3, with, withLengths, status);
}

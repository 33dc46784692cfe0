using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <summary>A GPU, an OpenCL CPU or the emulator, through ILGPU: one accelerator, one stream.</summary>
public sealed partial class IlgpuDevice : Device
{
    /// <summary>Group size of the emulator, whose every simulated thread is a thread of the system.</summary>
    internal const int EmulatedGroupSize = 16;

    private readonly Context _context;
    private readonly string _driver;
    private long _memory;
    private bool _hasTensorCores;
    private long _allocated;
    private Tensor? _normalTable;

    /// <summary>Opens one device of a context of its own.</summary>
    internal IlgpuDevice(string name, DeviceKind kind, string driver, Context context, ILGPU.Runtime.Device device)
        : base(name, kind)
    {
        _context = context;
        _profiles = context.Properties.EnableProfiling;
        _driver = driver;
        _memory = device.MemorySize;
        Family = FamilyOf(device);
        Limits = LimitsOf(device);
        LargestBlock = LargestBlockOf(device);
        _hasTensorCores = device switch
        {
            CudaDevice cuda => cuda.Architecture >= CudaArchitecture.SM_80,
            CPUDevice => kind == DeviceKind.Cuda || device.WarpSize == TensorCore.WarpSize,
            _ => false,
        };
        Ranges = kind == DeviceKind.Cuda && device is CudaDevice ? LaunchRanges.Find() : null;
        Accelerator = device is CPUDevice cpu
            ? cpu.CreateCPUAccelerator(context, CPUAcceleratorMode.Parallel)
            : device.CreateAccelerator(context);
    }

    /// <summary>
    /// The family of kernels it runs. CALM_KERNELS=direct or tiled overrides it, so that a CPU can test kernels for GPUs.
    /// </summary>
    public KernelFamily Family { get; private init; }

    /// <summary>Its limits of groups, as the driver tells them.</summary>
    public GroupLimits Limits { get; internal set; }

    /// <summary>Whether groups have 16 threads, as on the emulator, on CPUs, and on GPUs that allow no larger ones.</summary>
    public bool HasSmallGroups =>
        Family == KernelFamily.Direct || Kind == DeviceKind.Emulated || Limits.Threads < GroupLimits.Least.Threads;

    /// <summary>Whether it runs kernels that use <see cref="TensorCore"/>.</summary>
    public override bool HasTensorCores =>
        _hasTensorCores && (Kind == DeviceKind.Emulated || Limits.Allow(TensorCore.Needs));

    /// <inheritdoc/>
    public override bool WantsLargeLaunches => Family == KernelFamily.Tiled && Kind != DeviceKind.Emulated;

    /// <summary>cuBLAS, if it computes the matrix products; disposed with the device.</summary>
    public CuBlas? Cublas { get; set; }

    /// <summary>ILGPU's handle of the device.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>The one queue that everything is launched on, in order.</summary>
    public AcceleratorStream Queue => Accelerator.DefaultStream;

    /// <inheritdoc/>
    public override string Description => $"{Model}, {_driver}";

    /// <summary>Make and model, as the driver tells them.</summary>
    public string Model => Accelerator.Name;

    /// <inheritdoc/>
    public override string? Driver => _driver;

    /// <inheritdoc/>
    public override string Form => $"{Family} kernels";

    /// <summary>The table behind normal numbers, on this device: see <see cref="KernelRandom.Normal"/>.</summary>
    public ArrayView<float> NormalTable => (_normalTable ??= UploadNormalTable()).View();

    /// <inheritdoc/>
    public override int Alignment => 256;

    /// <inheritdoc/>
    public override long AllocatedBytes => Interlocked.Read(ref _allocated);

    /// <inheritdoc/>
    public override long MemorySize => Math.Min(_memory, MemoryLimit);

    /// <inheritdoc/>
    public override void Run<TWork>(in TWork work)
    {
        work.Run(this);
        Watch?.WorkEnded();
    }

    /// <summary>A context as kernels need it: own intrinsics, and the optimiser that keeps tiles in registers.</summary>
    /// <param name="devices">Adds the devices.</param>
    /// <param name="profiling">Whether steps will be profiled, for which queues must be made.</param>
    internal static Context CreateContext(Action<Context.Builder> devices, bool profiling = false) =>
        Context.Create(builder =>
        {
            devices(builder);
            KernelMath.Register(builder);
            KernelGroup.Register(builder);
            TensorCore.Register(builder);
            builder.Optimize(OptimizationLevel.O2);
            if (profiling)
            {
                builder.Profiling();
            }
        });

    /// <inheritdoc/>
    internal override Storage Allocate(long byteCount)
    {
        long available = MemorySize - AllocatedBytes;
        if (byteCount > available)
        {
            throw new OutOfDeviceMemoryException(this, byteCount, available);
        }

        try
        {
            IlgpuStorage storage = new(this, byteCount);
            Interlocked.Add(ref _allocated, byteCount);
            return storage;
        }
        catch (AcceleratorException)
        {
            // Others use this device too, or its memory is in pieces.
            throw new OutOfDeviceMemoryException(this, byteCount, available);
        }
    }

    /// <summary>The family of kernels that a device would run.</summary>
    internal static KernelFamily FamilyOf(ILGPU.Runtime.Device device) =>
        Environment.GetEnvironmentVariable("CALM_KERNELS") is { Length: > 0 } wanted
            ? Enum.TryParse(wanted, ignoreCase: true, out KernelFamily family)
                ? family
                : throw new CalmException($"CALM_KERNELS={wanted}: must be direct or tiled.")
            : device is CLDevice cl && cl.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_CPU)
                ? KernelFamily.Direct
                : KernelFamily.Tiled;

    private Tensor UploadNormalTable()
    {
        ReadOnlySpan<float> values = Runtime.NormalTable.Values;
        Tensor table = Persistent.Rent(new Shape(values.Length), "normal numbers");
        table.CopyFrom(values);
        return table;
    }

    /// <summary>Counts a block that was freed.</summary>
    internal void Freed(long byteCount) => Interlocked.Add(ref _allocated, -byteCount);

    /// <inheritdoc/>
    protected override void Close()
    {
        GiveBack(() =>
        {
            _staging?.Dispose();
            Cublas?.Dispose();
            Accelerator.Dispose();
            _context.Dispose();
        });
    }
}

using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>
/// A dense row-major array on one device. It owns no memory: an <see cref="Arena"/> does, and a tensor used after its
/// arena was reset throws.
/// </summary>
public sealed unsafe class Tensor
{
    private GradientSlot? _gradient;

    internal Tensor(Allocation allocation, long offset, Shape shape, ElementType elementType)
    {
        Allocation = allocation;
        Offset = offset;
        Shape = shape;
        ElementType = elementType;
    }

    private Tensor(Tensor viewed, long offset, Shape shape, GradientSlot? gradient)
        : this(viewed.Allocation, offset, shape, viewed.ElementType)
    {
        _gradient = gradient;
        RequiresGradient = gradient is not null && viewed.RequiresGradient;
    }

    /// <summary>Bytes of a float or an integer.</summary>
    public const int ElementSize = 4;

    /// <summary>The most elements of a tensor, 2^31 - 2^16.</summary>
    /// <remarks>
    /// Kernels and loops count elements with 32 bits, also those behind the end that the last tiles, groups and layers of rows
    /// reach before they look: fewer than 2^16, which is the most layers that a grid has.
    /// </remarks>
    public const int MostElements = int.MaxValue - (1 << 16) + 1;

    // The bytes of a span are counted with 31 bits: larger tensors are copied in pieces.
    private const int MostElementsAtOnce = 1 << 28;

    /// <summary>The device that holds it.</summary>
    public Device Device => Allocation.Storage.Device;

    /// <summary>Its sizes.</summary>
    public Shape Shape { get; }

    /// <summary>The type of its elements.</summary>
    public ElementType ElementType { get; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>Bytes of all elements.</summary>
    public long ByteCount => Count * Device.SizeOf(ElementType);

    /// <summary>Number of rows of <see cref="Columns"/> elements.</summary>
    public int Rows => checked((int)Shape.Rows);

    /// <summary>Its innermost size.</summary>
    public int Columns => Shape.Columns;

    /// <summary>Whether a tape computes its gradient. Set on parameters; ops pass it on to their outputs.</summary>
    public bool RequiresGradient { get; set; }

    /// <summary>The rented memory that it lies in.</summary>
    internal Allocation Allocation { get; }

    /// <summary>First byte within the storage.</summary>
    internal long Offset { get; }

    /// <summary>Gradient, shared with every reshaped view of this tensor; created when first asked for.</summary>
    internal GradientSlot GradientSlot => _gradient ??= new GradientSlot();

    /// <summary>The gradient that has reached it, in its shape; null if none has.</summary>
    public Tensor? Gradient =>
        _gradient is { HasContribution: true, Tensor: { } gradient } ? gradient.WithShape(Shape) : null;

    /// <summary>The memory behind it.</summary>
    /// <exception cref="InvalidOperationException">Its memory has been freed.</exception>
    public Storage Storage =>
        Allocation.IsValid
            ? Allocation.Storage
            : throw new InvalidOperationException(
                $"Tensor {Shape}: used after its memory was given back; copy what must outlive a step.");

    /// <summary>The elements of a host tensor, for the loops of ops.</summary>
    /// <exception cref="InvalidOperationException">It holds integers, is on another device, or its step is over.</exception>
    public float* Pointer => (float*)Holding(ElementType.Float32).HostBytes;

    /// <summary>The elements of an integer host tensor, for the loops of ops.</summary>
    /// <exception cref="InvalidOperationException">It holds floats, is on another device, or its step is over.</exception>
    public int* IntegerPointer => (int*)Holding(ElementType.Int32).HostBytes;

    /// <summary>The floats of a host tensor.</summary>
    public Span<float> Span => MemoryMarshal.CreateSpan(ref *Pointer, checked((int)Count));

    /// <summary>The integers of a host tensor.</summary>
    public Span<int> IntegerSpan => MemoryMarshal.CreateSpan(ref *IntegerPointer, checked((int)Count));

    /// <summary>Whether its elements lie in memory as floats; on the host those of bfloat16 do too.</summary>
    private bool IsInFloats =>
        ElementType == ElementType.Float32
        || (ElementType == ElementType.BFloat16 && Device.SizeOf(ElementType) == sizeof(float));

    /// <summary>This tensor, if its elements lie in memory as a type.</summary>
    /// <exception cref="InvalidOperationException">They do not.</exception>
    internal Tensor Holding(ElementType expected) =>
        ElementType == expected || (expected == ElementType.Float32 && IsInFloats)
            ? this
            : throw new InvalidOperationException(
                $"Tensor {Shape}: holds {ElementType}, read as {expected}; "
                + (ElementType == ElementType.BFloat16
                    ? "kernels read it through IElements."
                    : "Tape.From makes floats, FromIntegers integers."));

    /// <summary>The raw bytes of a host tensor.</summary>
    internal byte* HostBytes =>
        Storage is HostStorage host
            ? host.Bytes + Offset
            : throw new InvalidOperationException($"Tensor {Shape}: on {Device.Name}, not on the host; use ToArray.");

    /// <summary>The same elements, and the same gradient, under another shape. Set RequiresGradient before.</summary>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> sizes) => Reshape(new Shape(sizes));

    /// <inheritdoc cref="Reshape(ReadOnlySpan{int})"/>
    public Tensor Reshape(Shape shape)
    {
        if (shape.Count != Count)
        {
            throw new ArgumentException($"Reshape: {shape} has {shape.Count} elements, {Shape} has {Count}.");
        }

        return new Tensor(this, Offset, shape, GradientSlot);
    }

    /// <summary>Gives an output its gradient, before a backward pass.</summary>
    public void SetGradient(Tensor gradient)
    {
        if (gradient.Shape != Shape)
        {
            throw new ArgumentException($"SetGradient: shape {gradient.Shape}, expected {Shape}.");
        }

        GradientSlot.Hold(gradient);
        GradientSlot.HasContribution = true;
    }

    /// <summary>Marks the gradient as undefined: the next contribution overwrites it.</summary>
    public void ForgetGradient()
    {
        if (_gradient is { } slot)
        {
            slot.HasContribution = false;
            if (!slot.IsFixed)
            {
                slot.LetGo();
            }
        }
    }

    /// <summary>
    /// Makes <paramref name="gradient"/>, which nobody reads any more, this tensor's gradient without a copy. False if
    /// this has a gradient already, or one whose place is fixed: then add to <see cref="Tape.TargetFor"/>.
    /// </summary>
    public bool TryAdoptGradient(Tensor gradient)
    {
        if (GradientSlot.HasContribution || GradientSlot.IsFixed)
        {
            return false;
        }

        SetGradient(gradient.WithShape(Shape));
        return true;
    }

    /// <summary>Asks for a gradient that always lives in <paramref name="gradient"/>.</summary>
    internal void OwnGradient(Tensor gradient)
    {
        RequiresGradient = true;
        _gradient = new GradientSlot(gradient);
    }

    /// <summary>
    /// <paramref name="shape"/>.Count elements from element <paramref name="start"/> on, as a tensor of its own without a
    /// gradient: for parts of flat arrays and of fused parameters, not for tapes.
    /// </summary>
    public Tensor Slice(long start, Shape shape)
    {
        if (start < 0 || start + shape.Count > Count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(start), $"Slice: elements {start} to {start + shape.Count} of a tensor with {Count}.");
        }

        return new Tensor(this, Offset + start * Device.SizeOf(ElementType), shape, null);
    }

    /// <summary>Writes all elements from host memory, rounded to their type.</summary>
    /// <exception cref="InvalidOperationException">It holds integers.</exception>
    public void CopyFrom(ReadOnlySpan<float> source)
    {
        if (ElementType == ElementType.BFloat16)
        {
            UploadRounded(source);
        }
        else
        {
            Holding(ElementType.Float32).Upload(source);
        }
    }

    /// <summary>Writes all elements from host memory.</summary>
    /// <exception cref="InvalidOperationException">It holds floats.</exception>
    public void CopyFrom(ReadOnlySpan<int> source) =>
        Holding(ElementType.Int32).Upload(source);

    /// <summary>Reads all elements into host memory; waits for the device.</summary>
    /// <exception cref="InvalidOperationException">It holds integers.</exception>
    public void CopyTo(Span<float> target)
    {
        RequireCount(target.Length);
        if (ElementType == ElementType.BFloat16 && !IsInFloats)
        {
            ushort[] halves = new ushort[Count];
            Download(halves.AsSpan());
            BFloat16.ToFloats(halves, target);
        }
        else
        {
            Holding(ElementType.Float32).Download(target);
        }
    }

    /// <summary>All elements in a new array; waits for the device.</summary>
    /// <exception cref="InvalidOperationException">It holds integers.</exception>
    public float[] ToArray()
    {
        float[] values = new float[Count];
        CopyTo(values);
        return values;
    }

    /// <summary>All integers in a new array; waits for the device.</summary>
    /// <exception cref="InvalidOperationException">It holds floats.</exception>
    public int[] ToIntegerArray() => Holding(ElementType.Int32).ToWords();

    /// <summary>The bits of all elements, whatever they are; those of a bfloat16 as a float.</summary>
    internal int[] ToWords()
    {
        if (ElementType == ElementType.BFloat16)
        {
            return [.. MemoryMarshal.Cast<float, int>(ToArray())];
        }

        int[] values = new int[Count];
        Download(values.AsSpan());
        return values;
    }

    /// <summary>Sets every element to zero.</summary>
    public void Clear()
    {
        Profiler? profiler = Device.Profiler;
        profiler?.BeginKernel(nameof(Clear));
        Device.Clear(this);
        profiler?.EndKernel();
    }

    // A gradient may have been written through a view of another shape.
    internal Tensor WithShape(Shape shape) => Shape == shape ? this : Reshape(shape);

    private void UploadRounded(ReadOnlySpan<float> source)
    {
        if (IsInFloats)
        {
            float[] rounded = source.ToArray();
            BFloat16.Round(rounded);
            Upload<float>(rounded);
        }
        else
        {
            Upload<ushort>(BFloat16.FromFloats(source));
        }
    }

    private void Upload<T>(ReadOnlySpan<T> source) where T : unmanaged
    {
        RequireCount(source.Length);
        Profiler? profiler = Device.Profiler;
        profiler?.BeginTransfer(nameof(Upload), this);
        for (long start = 0; start < source.Length; start += MostElementsAtOnce)
        {
            Tensor piece = PieceFrom(start);
            Device.Upload(MemoryMarshal.AsBytes(source.Slice((int)start, (int)piece.Count)), piece);
        }

        profiler?.EndTransfer();
    }

    private void Download<T>(Span<T> target) where T : unmanaged
    {
        Profiler? profiler = Device.Profiler;
        profiler?.BeginTransfer(nameof(Download), this);
        for (long start = 0; start < target.Length; start += MostElementsAtOnce)
        {
            Tensor piece = PieceFrom(start);
            Device.Download(piece, MemoryMarshal.AsBytes(target.Slice((int)start, (int)piece.Count)));
        }

        profiler?.EndTransfer();
    }

    private Tensor PieceFrom(long start) =>
        Count <= MostElementsAtOnce ? this : Slice(start, new Shape((int)Math.Min(MostElementsAtOnce, Count - start)));

    private void RequireCount(int elements)
    {
        if (elements != Count)
        {
            throw new ArgumentException($"Tensor {Shape}: {elements} elements given, {Count} expected.");
        }
    }
}

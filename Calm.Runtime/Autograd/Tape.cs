namespace Calm.Runtime;

/// <summary>
/// One step: the memory of its intermediate values and, while recording, the ops that ran, so that gradients can be
/// taken in reverse. Every op takes the tape it runs on as its first argument.
/// </summary>
public sealed partial class Tape : IDisposable
{
    private readonly List<TapeNode> _nodes = [];
    private readonly Arena _arena;
    private readonly StepMemory _memory;
    private Arena? _packed;
    private int _taken; // ops whose gradients were taken: taking them again would count them twice

    /// <summary>A tape for a device.</summary>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="recording">False for inference: no gradients, and a reset may follow at any time.</param>
    public Tape(Device device, bool recording = true)
        : this(device, recording, guards: null)
    {
    }

    private Tape(Device device, bool recording, GuardBands? guards)
    {
        Device = device;
        Recording = recording;
        _arena = new Arena(device, "step") { Guards = guards };
        _memory = new StepMemory(_arena);
    }

    /// <summary>
    /// A tape for verification: each tensor lies between known words and starts as NaN, and so do the workspaces of ops.
    /// <see cref="Overruns"/> names the tensors outside which an op wrote. Dispose of it before the device is used again.
    /// </summary>
    /// <param name="device">The device of its tensors.</param>
    /// <param name="recording">Whether ops are recorded.</param>
    public static Tape Guarded(Device device, bool recording = true)
    {
        Tape tape = new(device, recording, new GuardBands());
        device.GuardedArena = tape._arena;
        return tape;
    }

    /// <summary>The device of its tensors.</summary>
    public Device Device { get; }

    /// <summary>Whether ops are recorded. Switch off around a frozen part of a model.</summary>
    public bool Recording { get; set; }

    /// <summary>
    /// The type of values that only products and attention read, or formulas between them: bfloat16 if that is the device's
    /// precision, in which those ops compute.
    /// </summary>
    public ElementType ActivationType =>
        Device.Precision == Precision.BFloat16 ? ElementType.BFloat16 : ElementType.Float32;

    /// <summary>
    /// Cache of packed weights while parameters do not change: in generation, and in the parts of a loss; null for none.
    /// </summary>
    public PackedWeightCache? PackedWeights { get; set; }

    /// <summary>Memory use of the step, by owner.</summary>
    public Ledger Ledger => _arena.Ledger;

    /// <summary>Bytes taken from the device for this tape's steps.</summary>
    public long Capacity => _arena.Capacity;

    /// <summary>The recorded ops, in the order in which they ran.</summary>
    public IReadOnlyList<TapeNode> Nodes => _nodes;

    /// <summary>Called after each op of a backward pass, with its node: profiles and the search for a NaN.</summary>
    public Action<TapeNode>? AfterBackward { get; set; }

    /// <summary>
    /// A line for each tensor of a <see cref="Guarded"/> tape outside which something was written; waits for the device.
    /// </summary>
    public IReadOnlyList<string> Overruns() => _arena.Guards?.Overruns() ?? [];

    /// <summary>
    /// A tensor with undefined contents that lasts until <see cref="Reset"/>, or, with <see cref="ReleasesEarly"/>, until a
    /// backward pass has used it.
    /// </summary>
    /// <param name="shape">Its sizes.</param>
    /// <param name="owner">The op that asks, a constant.</param>
    /// <param name="elementType">The type of its elements.</param>
    public Tensor Rent(Shape shape, string owner, ElementType elementType = ElementType.Float32)
    {
        Tensor tensor = _arena.Rent(shape, owner, elementType);
        if (ReleasesEarly)
        {
            _memory.Add(tensor.Allocation, _nodes.Count);
        }

        Device.Profiler?.Rented(owner, tensor);
        return tensor;
    }

    /// <summary>A float tensor in step memory, filled from an array.</summary>
    public Tensor From(ReadOnlySpan<float> values, Shape shape)
    {
        Tensor tensor = Rent(shape, "input");
        tensor.CopyFrom(values);
        return tensor;
    }

    /// <summary>A tensor of integers, such as token ids, in step memory, filled from an array.</summary>
    public Tensor FromIntegers(ReadOnlySpan<int> values, Shape shape)
    {
        Tensor tensor = Rent(shape, "input", ElementType.Int32);
        tensor.CopyFrom(values);
        return tensor;
    }

    /// <summary>Whether an op on these inputs must leave a node: it records and one of them needs a gradient.</summary>
    public bool Records(params ReadOnlySpan<Tensor?> inputs)
    {
        bool any = false;
        foreach (Tensor? input in inputs)
        {
            any |= input is { RequiresGradient: true };
        }

        return Recording && any;
    }

    /// <summary>Appends an op that has just run; its output needs a gradient from now on.</summary>
    public void Record(TapeNode node)
    {
        node.Output.RequiresGradient = true;
        _nodes.Add(node);
    }

    /// <summary>The memory for an op's contribution to the gradient of <paramref name="input"/>.</summary>
    /// <param name="input">The operand.</param>
    /// <param name="reads">Whether the backward pass reads the operand, or something of its size: for profiles only.</param>
    public GradientTarget TargetFor(Tensor input, bool reads = true)
    {
        GradientSlot slot = input.GradientSlot;
        bool accumulate = slot.HasContribution;
        Tensor place = slot.Tensor ?? RentGradient(input);
        slot.HasContribution = true;
        int passes = 1 + (reads ? 1 : 0) + (accumulate ? 1 : 0);
        Device.Profiler?.Count(0, (double)passes * input.Count * Tensor.ElementSize);
        return new GradientTarget(place.WithShape(input.Shape), accumulate);
    }

    /// <summary>Ends the step: forgets the ops and frees all step memory for the next one.</summary>
    public void Reset()
    {
        _nodes.Clear();
        _taken = 0;
        _memory.Clear();
        _arena.Reset();
    }

    /// <summary>Ends the step, and gives its memory back to the device until the next begins.</summary>
    public void GiveBack()
    {
        Reset();
        _arena.GiveBack();
        _packed?.GiveBack();
    }

    private Tensor RentGradient(Tensor input)
    {
        Tensor gradient = Rent(input.Shape, "gradient");
        input.GradientSlot.Hold(gradient);
        return gradient;
    }

    /// <summary>Gives the step memory back to the device.</summary>
    public void Dispose()
    {
        if (_arena.Guards is not null)
        {
            Device.GuardedArena = null;
        }

        _arena.Dispose();
        _packed?.Dispose();
    }
}

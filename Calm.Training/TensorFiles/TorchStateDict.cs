namespace Calm.Training;

/// <summary>A run of elements in an archive of PyTorch, which tensors share or view.</summary>
/// <param name="Type">The type of the elements.</param>
/// <param name="Key">The member of the archive that holds it, below <c>data/</c>.</param>
/// <param name="Count">The number of elements.</param>
internal sealed record TorchStorage(SafetensorsType Type, string Key, long Count);

/// <summary>A view of a storage as a tensor.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Start">The place of the first element.</param>
/// <param name="Sizes">Sizes, outermost first.</param>
/// <param name="Strides">The steps between neighbours of each axis, in elements.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Start, long[] Sizes, long[] Strides)
{
    /// <summary>The place behind the last element; checked against overflow when the tensor is made.</summary>
    public long End { get; } = EndOf(Start, Sizes, Strides);

    /// <summary>Whether the elements lie one behind the other, row by row.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int axis = Sizes.Length - 1; axis >= 0; axis--)
            {
                if (Sizes[axis] != 1 && Strides[axis] != expected)
                {
                    return false;
                }

                expected *= Sizes[axis];
            }

            return true;
        }
    }

    private static long EndOf(long start, long[] sizes, long[] strides)
    {
        if (sizes.Contains(0))
        {
            return start;
        }

        long last = start;
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            last = checked(last + (sizes[axis] - 1) * strides[axis]);
        }

        return checked(last + 1);
    }
}

/// <summary>The few functions that the pickle of a <c>state_dict</c> names.</summary>
/// <remarks>Source: PyTorch 2, torch/serialization.py and torch/_utils.py.</remarks>
internal sealed class TorchStateDict : IPickleFormat
{
    private const int MostAxes = 16;

    private static readonly PickleName OrderedDictionary = new("collections", "OrderedDict");
    private static readonly PickleName RebuildTensor = new("torch._utils", "_rebuild_tensor_v2");
    private static readonly PickleName RebuildParameter = new("torch._utils", "_rebuild_parameter");

    private static readonly Dictionary<PickleName, SafetensorsType> Storages = new()
    {
        [new("torch", "FloatStorage")] = SafetensorsType.F32,
        [new("torch", "DoubleStorage")] = SafetensorsType.F64,
        [new("torch", "HalfStorage")] = SafetensorsType.F16,
        [new("torch", "BFloat16Storage")] = SafetensorsType.BF16,
        [new("torch", "LongStorage")] = SafetensorsType.I64,
        [new("torch", "IntStorage")] = SafetensorsType.I32,
        [new("torch", "ByteStorage")] = SafetensorsType.U8,
        [new("torch", "BoolStorage")] = SafetensorsType.BOOL,
    };

    /// <inheritdoc/>
    public bool Knows(PickleName name) =>
        name == OrderedDictionary || name == RebuildTensor || name == RebuildParameter || Storages.ContainsKey(name);

    /// <inheritdoc/>
    public object? Make(PickleName name, object?[] arguments)
    {
        if (name == OrderedDictionary && arguments is [])
        {
            return new PickleDictionary();
        }

        if (name == RebuildParameter && arguments is [TorchTensor parameter, ..])
        {
            return parameter;
        }

        return name == RebuildTensor && arguments is [TorchStorage storage, long start, object?[] sizes, object?[] strides, ..]
            ? Tensor(storage, start, Numbers(sizes), Numbers(strides))
            : throw new FormatException($"its pickle calls {name.Name} with other arguments than torch.save writes");
    }

    /// <inheritdoc/>
    public object Find(object? persistentId) =>
        persistentId is object?[] and ["storage", PickleName type, string key, string, long count]
            && Storages.TryGetValue(type, out SafetensorsType element) && count >= 0
            ? new TorchStorage(element, key, count)
            : throw new FormatException("its pickle names a storage of an unknown kind");

    private static TorchTensor Tensor(TorchStorage storage, long start, long[] sizes, long[] strides)
    {
        bool isSane = sizes.Length <= MostAxes && sizes.Length == strides.Length && start >= 0;
        try
        {
            TorchTensor? tensor = isSane ? new(storage, start, sizes, strides) : null;
            long count = sizes.Contains(0) ? 0 : sizes.Aggregate(1L, (product, size) => checked(product * size));
            if (tensor is not null && tensor.End <= storage.Count && count <= storage.Count)
            {
                return tensor;
            }
        }
        catch (OverflowException)
        {
            // refused below, with the others that do not fit
        }

        string shape = string.Join(", ", sizes.Take(MostAxes));
        throw new FormatException($"a tensor of shape [{shape}] does not fit its storage of {storage.Count} elements");
    }

    private static long[] Numbers(object?[] values)
    {
        long[] numbers = [.. values.OfType<long>().Where(number => number >= 0)];
        return numbers.Length == values.Length ? numbers : throw new FormatException("a shape is not a list of whole numbers");
    }
}

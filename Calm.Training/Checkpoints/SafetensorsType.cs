namespace Calm.Training;

/// <summary>Element types of tensors in a safetensors file, named as in the file.</summary>
internal enum SafetensorsType
{
    BOOL,
    U8,
    I32,
    I64,
    F16,
    BF16,
    F32,
    F64,
}

/// <summary>Facts about <see cref="SafetensorsType"/>.</summary>
internal static class SafetensorsTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this SafetensorsType type) => type switch
    {
        SafetensorsType.BOOL or SafetensorsType.U8 => 1,
        SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.I32 or SafetensorsType.F32 => 4,
        _ => 8,
    };

    /// <summary>Whether the elements are floating-point numbers.</summary>
    public static bool IsFloat(this SafetensorsType type) => type >= SafetensorsType.F16;
}

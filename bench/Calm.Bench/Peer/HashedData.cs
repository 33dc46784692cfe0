using Calm.Runtime;

namespace Calm.Bench;

/// <summary>
/// Numbers that are a function of a name and an index, to the bit those of bench/peers/data.py: neither side has to read
/// the other's files.
/// </summary>
internal static class HashedData
{
    private static readonly uint ProjectionSeed = Seed("projection");

    /// <summary>Factor of element <paramref name="index"/> in the projection of a result: uniform in [-1, 1).</summary>
    public static float Projection(long index) => Uniform(ProjectionSeed, index);

    /// <summary>scale * value + offset for each index.</summary>
    public static float[] Floats(string name, long count, float scale = 1, float offset = 0)
    {
        uint seed = Seed(name);
        float[] values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = scale * Uniform(seed, i) + offset;
        }

        return values;
    }

    /// <summary>Ids in [0, limit).</summary>
    public static int[] Integers(string name, long count, int limit)
    {
        uint seed = Seed(name);
        int[] values = new int[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (int)((Word(seed, i) >> 8) % (uint)limit);
        }

        return values;
    }

    /// <summary>Fills the parameters of a model: matrices about 0, norms about 1, biases small.</summary>
    public static void Fill(ParameterSet parameters)
    {
        foreach (Parameter parameter in parameters.Parameters)
        {
            foreach (Parameter.Part part in parameter.Parts)
            {
                bool bias = part.Name.EndsWith(".bias", StringComparison.Ordinal);
                (float scale, float offset) = part.Shape.Rank > 1 ? (0.05f, 0f) : bias ? (0.01f, 0f) : (0.1f, 1f);
                parameter.Value.Slice(part.Start, part.Shape).CopyFrom(Floats(part.Name, part.Shape.Count, scale, offset));
            }
        }
    }

    private static float Uniform(uint seed, long index) => (Word(seed, index) >> 8) * (1f / (1 << 23)) - 1;

    private static uint Word(uint seed, long index)
    {
        uint h = unchecked((uint)index * 0x9E3779B1u + seed);
        h ^= h >> 16;
        h = unchecked(h * 0x7feb352du);
        h ^= h >> 15;
        h = unchecked(h * 0x846ca68bu);
        return h ^ (h >> 16);
    }

    /// <summary>FNV-1a of the name's characters.</summary>
    private static uint Seed(string name) => name.Aggregate(2166136261u, (h, c) => unchecked((h ^ c) * 16777619u));
}

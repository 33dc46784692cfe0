using Calm.Runtime;

namespace Calm.Training;

/// <summary>A source of a model's weights, by their names in checkpoints.</summary>
internal interface IWeightSource
{
    /// <summary>Its name in messages.</summary>
    string Where { get; }

    /// <summary>Number of values in all tensors.</summary>
    long Count { get; }

    /// <summary>The sizes of a tensor, outermost first; null if there is none of this name.</summary>
    IReadOnlyList<long>? SizesOf(string name);

    /// <summary>The values of a tensor that is there, row by row.</summary>
    float[] Read(string name);
}

/// <summary>Fills parameters from a checkpoint, which may hold a tied tensor under either of its names.</summary>
internal static class Weights
{
    private const int MostTimesLarger = 4;
    private const long FewNumbers = 1 << 16;

    // Published checkpoints store a tied tensor once, under whichever name was written first.
    private static readonly (string Name, string Alias)[] Aliases =
    [
        ("encoder.embed_tokens.weight", "decoder.lm_head_weight"),
        ("generative_head.", "mlp_generator."),
    ];

    /// <summary>Takes memory for a set and fills every parameter.</summary>
    /// <exception cref="CalmException">A tensor is missing, has another shape or is not finite; the message names it.</exception>
    public static void Load(ParameterSet parameters, IWeightSource source, Device device, bool trainable)
    {
        // A configuration of absurd sizes must not take the memory that it asks for; smaller differences are found by name.
        if (parameters.Count > MostTimesLarger * Math.Max(source.Count, FewNumbers))
        {
            throw new CalmException(
                $"{source.Where}: holds {source.Count} numbers, its configuration describes a model of {parameters.Count}.");
        }

        parameters.Allocate(device, trainable);
        Load(parameters, source);
    }

    /// <summary>Fills every parameter of a set that has memory.</summary>
    /// <inheritdoc cref="Load(ParameterSet, IWeightSource, Device, bool)"/>
    public static void Load(ParameterSet parameters, IWeightSource source)
    {
        foreach (Parameter parameter in parameters.Parameters)
        {
            foreach (Parameter.Part part in parameter.Parts)
            {
                parameter.Value.Slice(part.Start, part.Shape).CopyFrom(Read(part, source));
            }
        }
    }

    /// <summary>The weights of a set by name, for writing.</summary>
    public static IEnumerable<(string Name, Shape Shape, float[] Values)> Read(ParameterSet parameters) =>
        from parameter in parameters.Parameters
        from part in parameter.Parts
        select (part.Name, part.Shape, Finite(parameter.Value.Slice(part.Start, part.Shape).ToArray(), "weights", part.Name));

    /// <summary>Writes the gradients of a set by name; zeros for parameters without one.</summary>
    public static void SaveGradients(ParameterSet parameters, string path)
    {
        SafetensorsWriter writer = new();
        foreach (Parameter parameter in parameters.Parameters)
        {
            Tensor? gradient = parameter.Value.Gradient;
            foreach (Parameter.Part part in parameter.Parts)
            {
                float[] values = gradient?.Slice(part.Start, part.Shape).ToArray() ?? new float[part.Shape.Count];
                writer.Add(part.Name, part.Shape, values);
            }
        }

        writer.Save(path);
    }

    private static float[] Read(Parameter.Part part, IWeightSource source)
    {
        foreach (string name in NamesOf(part.Name))
        {
            if (source.SizesOf(name) is { } sizes)
            {
                return sizes.SequenceEqual(Sizes(part.Shape))
                    ? Finite(source.Read(name), source.Where, name)
                    : throw new CalmException(
                        $"{source.Where}: {name} has shape [{string.Join(", ", sizes)}], this configuration needs {part.Shape}.");
            }
        }

        throw new CalmException($"{source.Where}: has no tensor {part.Name}, which this configuration needs.");
    }

    private static float[] Finite(float[] values, string where, string name)
    {
        int at = values.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);
        return at < 0
            ? values
            : throw new CalmException(
                $"{where}: {name}[{at}] is {values[at]}, as a training leaves it that diverged; use an earlier checkpoint, or a "
                + "lower learning_rate.");
    }

    /// <summary>The names under which a checkpoint may hold a parameter.</summary>
    public static IEnumerable<string> NamesOf(string name)
    {
        yield return name;
        foreach ((string known, string alias) in Aliases)
        {
            if (name.Contains(known, StringComparison.Ordinal))
            {
                yield return name.Replace(known, alias, StringComparison.Ordinal);
            }
        }
    }

    private static IEnumerable<long> Sizes(Shape shape) => Enumerable.Range(0, shape.Rank).Select(axis => (long)shape[axis]);
}

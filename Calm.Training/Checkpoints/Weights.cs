using Calm.Runtime;

namespace Calm.Training;

/// <summary>A source of a model's weights, by their names in checkpoints.</summary>
internal interface IWeightSource
{
    /// <summary>Its name in messages.</summary>
    string Where { get; }

    /// <summary>The sizes and values of a tensor; false if there is none of this name.</summary>
    bool TryRead(string name, out int[] sizes, out float[] values);
}

/// <summary>Fills parameters from a checkpoint, which may hold a tied tensor under either of its names.</summary>
internal static class Weights
{
    // Published checkpoints store a tied tensor once, under whichever name was written first.
    private static readonly (string Name, string Alias)[] Aliases =
    [
        ("encoder.embed_tokens.weight", "decoder.lm_head_weight"),
        ("generative_head.", "mlp_generator."),
    ];

    /// <summary>Fills every parameter of a set.</summary>
    /// <exception cref="CalmException">A tensor is missing or has another shape; the message names it.</exception>
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
        select (part.Name, part.Shape, parameter.Value.Slice(part.Start, part.Shape).ToArray());

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
            if (source.TryRead(name, out int[] sizes, out float[] values))
            {
                return sizes.AsSpan().SequenceEqual(Sizes(part.Shape))
                    ? values
                    : throw new CalmException(
                        $"{source.Where}: {name} has shape [{string.Join(", ", sizes)}], this configuration needs {part.Shape}.");
            }
        }

        throw new CalmException($"{source.Where}: has no tensor {part.Name}, which this configuration needs.");
    }

    private static IEnumerable<string> NamesOf(string name)
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

    private static int[] Sizes(Shape shape)
    {
        int[] sizes = new int[shape.Rank];
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            sizes[axis] = shape[axis];
        }

        return sizes;
    }
}

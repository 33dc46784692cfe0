namespace Calm.Runtime;

/// <summary>
/// All parameters of a model in one flat array, and their gradients in another of the same layout: an optimiser goes
/// through them in one pass. First add, then <see cref="Allocate"/> once.
/// </summary>
public sealed class ParameterSet
{
    private readonly List<Parameter> _parameters = [];

    /// <summary>The parameters in the order in which they were added.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>All values, padding between parameters included; null before <see cref="Allocate"/>.</summary>
    public Tensor? Values { get; private set; }

    /// <summary>All gradients in the layout of <see cref="Values"/>; null for a frozen model.</summary>
    public Tensor? Gradients { get; private set; }

    /// <summary>Number of trained values, padding excluded.</summary>
    public long Count => _parameters.Sum(parameter => parameter.Shape.Count);

    /// <summary>Adds a parameter.</summary>
    /// <param name="name">Its key in checkpoints.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="initialization">The distribution of its initial values.</param>
    /// <param name="decays">Whether weight decay applies.</param>
    public Parameter Add(string name, Shape shape, Initialization initialization, bool decays = true) =>
        Add([new Parameter.Part(name, shape, 0)], shape, initialization, decays);

    /// <summary>Adds matrices of one width, stacked so that one product applies them all.</summary>
    /// <param name="columns">Their common width.</param>
    /// <param name="initialization">The distribution of their initial values.</param>
    /// <param name="parts">Key and number of rows of each.</param>
    public Parameter AddStacked(
        int columns, Initialization initialization, params ReadOnlySpan<(string Name, int Rows)> parts)
    {
        List<Parameter.Part> named = [];
        int rows = 0;
        foreach ((string name, int partRows) in parts)
        {
            named.Add(new Parameter.Part(name, new Shape(partRows, columns), (long)rows * columns));
            rows += partRows;
        }

        return Add(named, new Shape(rows, columns), initialization, decays: true);
    }

    /// <summary>Takes memory for the values, and for gradients if the model is to be trained.</summary>
    /// <exception cref="CalmException">There are more parameters than a tensor can hold, or than memory can.</exception>
    public void Allocate(Device device, bool trainable)
    {
        long alignment = device.Alignment / Tensor.ElementSize;
        long end = 0;
        foreach (Parameter parameter in _parameters)
        {
            parameter.Start = end;
            end += (parameter.Shape.Count + alignment - 1) / alignment * alignment;
        }

        if (end > int.MaxValue)
        {
            throw new CalmException(
                $"a model of {end} parameters is too large, expected at most {int.MaxValue}; make it smaller.");
        }

        Shape flat = new((int)end);
        Values = device.Persistent.Rent(flat, "parameters");
        Values.Clear();
        if (trainable)
        {
            Gradients = device.Persistent.Rent(flat, "gradients");
            Gradients.Clear();
        }

        foreach (Parameter parameter in _parameters)
        {
            parameter.Value = Values.Slice(parameter.Start, parameter.Shape);
            if (Gradients is not null)
            {
                Tensor gradient = Gradients.Slice(parameter.Start, parameter.Shape);
                parameter.Value.OwnGradient(gradient);
            }
        }
    }

    /// <summary>Fills every parameter with its starting values: a function of the seed and its place in the set.</summary>
    /// <param name="stream">The random numbers to use. The step is replaced by each parameter's place in the set.</param>
    public void Initialize(RandomStream stream)
    {
        for (int i = 0; i < _parameters.Count; i++)
        {
            Parameter parameter = _parameters[i];
            float[] values = new float[parameter.Shape.Count];
            (float mean, float deviation) = parameter.Initialization;
            if (deviation != 0)
            {
                Draw(stream with { Step = (uint)i }, parameter.Initialization.IsUniform, values);
            }

            for (int k = 0; k < values.Length; k++)
            {
                values[k] = mean + deviation * values[k];
            }

            parameter.Value.CopyFrom(values);
        }
    }

    /// <summary>Numbers of mean 0 and deviation 1.</summary>
    private static unsafe void Draw(RandomStream stream, bool isUniform, float[] values)
    {
        fixed (float* pointer = values)
        {
            if (!isUniform)
            {
                RandomFill.Normals<Lanes128>(stream, 0, pointer, values.Length);
                return;
            }

            RandomFill.Uniforms<Lanes128>(stream, 0, pointer, values.Length);
        }

        float width = 2 * MathF.Sqrt(3);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = width * (values[i] - 0.5f);
        }
    }

    /// <summary>Marks all gradients as undefined, so that a step's first contribution overwrites them.</summary>
    public void ForgetGradients()
    {
        foreach (Parameter parameter in _parameters)
        {
            parameter.Value.ForgetGradient();
        }
    }

    private Parameter Add(
        IReadOnlyList<Parameter.Part> parts, Shape shape, Initialization initialization, bool decays)
    {
        if (Values is not null)
        {
            throw new InvalidOperationException($"ParameterSet: {parts[0].Name} added after Allocate.");
        }

        Parameter parameter = new(parts, shape, initialization, decays);
        _parameters.Add(parameter);
        return parameter;
    }
}

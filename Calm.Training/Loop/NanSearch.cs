using Calm.Runtime;

namespace Calm.Training;

/// <summary>Runs a step again and finds the first op that made a NaN or an infinity.</summary>
internal static class NanSearch
{
    /// <summary>Describes the place: an op's output, or the gradient that an op passed on.</summary>
    /// <param name="tape">The tape with the step's loss.</param>
    /// <param name="losses">The terms of the loss.</param>
    /// <param name="parameters">The trained parameters.</param>
    /// <returns>The place; null if everything is finite.</returns>
    public static string? Describe(Tape tape, LossTerm[] losses, ParameterSet parameters)
    {
        foreach (Parameter parameter in parameters.Parameters)
        {
            if (!IsFinite(parameter.Value))
            {
                return $"the parameter {parameter.Parts[0].Name}";
            }
        }

        foreach (TapeNode node in tape.Nodes)
        {
            if (!IsFinite(node.Output))
            {
                return $"the output of {node.Op} {node.Output.Shape}";
            }
        }

        string? found = null;
        tape.AfterBackward = node =>
        {
            if (found is null && FirstBadGradient(tape, parameters) is { } where)
            {
                found = $"the gradient that {node.Op} {node.Output.Shape} passed to {where}";
            }
        };
        tape.Backward(losses);
        tape.AfterBackward = null;
        return found;
    }

    private static string? FirstBadGradient(Tape tape, ParameterSet parameters)
    {
        foreach (Parameter parameter in parameters.Parameters.Where(p => p.HasGradient))
        {
            if (!IsFinite(parameter.Value.Gradient!))
            {
                return parameter.Parts[0].Name;
            }
        }

        foreach (TapeNode node in tape.Nodes)
        {
            if (node.Output.Gradient is { } gradient && !IsFinite(gradient))
            {
                return $"the output of {node.Op} {node.Output.Shape}";
            }
        }

        return null;
    }

    private static bool IsFinite(Tensor tensor) =>
        tensor.ElementType == ElementType.Int32 || tensor.ToArray().All(float.IsFinite);
}

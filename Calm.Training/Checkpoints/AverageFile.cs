using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The file of a moving average of a model's weights. It holds the same names as the file of the weights beside it, in whose
/// place it can be read.
/// </summary>
internal static class AverageFile
{
    /// <summary>Its name.</summary>
    public const string Name = "ema.safetensors";

    /// <summary>Writes the values that some sets have now.</summary>
    public static void Write(CheckpointWriter writer, IEnumerable<ParameterSet> sets) =>
        ModelFolder.WriteWeights(writer, Name, sets);

    /// <summary>Whether a folder has it.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Name));

    /// <summary>Fills a set from it.</summary>
    /// <exception cref="CalmException">It is damaged, or of another model.</exception>
    public static void Read(string folder, ParameterSet parameters)
    {
        using ModelWeights weights = ModelWeights.Open(Path.Combine(folder, Name));
        Weights.Load(parameters, weights);
    }
}

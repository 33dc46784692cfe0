using System.Text.Json;
using System.Text.Json.Serialization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The index of a model in several files, <c>model.safetensors.index.json</c>: the file of each tensor.</summary>
internal static class ShardIndex
{
    private static readonly JsonFile Json = new(
        "an index with an object \"weight_map\" of tensor and file names", "get it again", JsonSerializerOptions.Default);

    private sealed record Contents([property: JsonPropertyName("weight_map")] Dictionary<string, string> WeightMap);

    /// <summary>Opens the files of an index.</summary>
    /// <param name="index">The index.</param>
    /// <param name="open">Opens one file, given its path; what it opened belongs to the caller even if a later one fails.</param>
    /// <param name="has">Whether a file has a tensor.</param>
    /// <returns>The file of each tensor.</returns>
    /// <exception cref="CalmException">The index is damaged, or a file lacks a tensor.</exception>
    public static Dictionary<string, T> Open<T>(string index, Func<string, T> open, Func<T, string, bool> has)
    {
        string folder = Path.GetDirectoryName(index)!;
        Dictionary<string, T> files = [];
        Dictionary<string, T> fileOf = [];
        foreach ((string name, string shard) in Read(index))
        {
            if (shard != Path.GetFileName(shard) || shard is "" or "." or "..")
            {
                throw new CalmException($"{index}: {Quote.Name(shard)} is not the name of a file beside it.");
            }

            if (!files.TryGetValue(shard, out T? file))
            {
                file = open(Path.Combine(folder, shard));
                files.Add(shard, file);
            }

            if (!has(file, name))
            {
                throw new CalmException($"{index}: tensor {Quote.Name(name)} is not in {shard}; get both again.");
            }

            fileOf.Add(name, file);
        }

        return files.Count > 0 ? fileOf : throw new CalmException($"{index}: weight_map lists no tensor; get it again.");
    }

    private static Dictionary<string, string> Read(string path) =>
        Json.Read<Contents>(path, index =>
            index.WeightMap.Values.All(file => !string.IsNullOrEmpty(file) && !file.Contains('\0', StringComparison.Ordinal))
                ? null
                : "weight_map names no file").WeightMap;
}

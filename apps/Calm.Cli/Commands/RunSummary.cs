using System.Text.Json;
using System.Text.Json.Nodes;

namespace Calm.Cli;

/// <summary>A run: its configuration, size, progress and cost.</summary>
internal sealed class RunSummary
{
    private readonly RunFolder _folder;
    private readonly RunFolder.Description _description;
    private readonly JsonObject _config;
    private readonly JsonObject? _last;
    private readonly FlopCount.Cost _cost;
    private readonly long _parameters;
    private readonly long _autoencoderParameters;
    private readonly long _steps;

    private RunSummary(RunFolder folder)
    {
        _folder = folder;
        _description = folder.ReadDescription();
        _config = ConfigOf(_description);
        _last = TrainingLog.Read(Path.Combine(folder.Path, TrainingLog.FileName)) is [.., JsonObject last] ? last : null;
        _cost = FlopCount.Of(_description.Stage, _description.Config);
        _steps = folder.Checkpoints.Latest?.Step ?? 0;
        using SafetensorsSet weights = SafetensorsSet.Open(folder.LatestModel());
        _parameters = Count(name => !IsAutoencoders(name));
        _autoencoderParameters = Count(IsAutoencoders);

        static bool IsAutoencoders(string name) =>
            name.StartsWith(PublishedCheckpoint.AutoencoderPrefix, StringComparison.Ordinal);

        long Count(Func<string, bool> counts) => weights.Names.Where(counts).Sum(name => weights[name].Count);
    }

    /// <summary>The model that is trained.</summary>
    public Stage Stage => _description.Stage;

    /// <summary>Reads a run.</summary>
    /// <exception cref="Calm.Runtime.CalmException">It has no weights yet.</exception>
    public static RunSummary Of(RunFolder folder) => new(folder);

    /// <summary>The summary as JSON.</summary>
    public Dictionary<string, object?> Json() => new()
    {
        ["run"] = _folder.Path,
        ["stage"] = Stage.Name(),
        ["version"] = _description.Version,
        ["device"] = _description.Device,
        ["importedFrom"] = _description.ImportedFrom,
        ["beganFrom"] = _description.BeganFrom,
        ["steps"] = _steps,
        ["parameters"] = _parameters,
        ["autoencoderParameters"] = _autoencoderParameters > 0 ? _autoencoderParameters : null,
        ["trainingFlopsPerToken"] = _cost.TrainingPerToken,
        ["inferenceFlopsPerToken"] = _cost.InferencePerToken,
        ["config"] = _config,
        ["lastLog"] = _last,
    };

    /// <summary>Writes the summary for people, with settings as for <c>--set</c>.</summary>
    public void Write(TextWriter writer)
    {
        writer.WriteLine(
            _description.ImportedFrom is { } source
                ? $"{_folder.Path}: {Stage}, imported from {Near(source)}; calm {_description.Version}"
                : $"{_folder.Path}: {Stage}, step {_steps:N0}; {_description.Device}; calm {_description.Version}");
        string frozen = _autoencoderParameters > 0 ? $", and {_autoencoderParameters:N0} of its frozen autoencoder" : "";
        writer.WriteLine($"parameters  {_parameters:N0}{frozen}");
        writer.WriteLine(
            $"work        {Readable.Amount(_cost.TrainingPerToken)}FLOP a token in training, "
            + $"{Readable.Amount(_cost.InferencePerToken)}FLOP a token to "
            + (Stage == Stage.Autoencoder ? "encode and decode" : "draw once"));
        if (_last is not null)
        {
            writer.WriteLine($"last log    {string.Join(", ", _last.Select(entry => $"{entry.Key} {entry.Value}"))}");
        }

        foreach ((string section, JsonNode? values) in _config)
        {
            string settings = string.Join(" ", values!.AsObject().Select(e => $"{e.Key}={e.Value?.ToString() ?? "null"}"));
            writer.WriteLine($"{section}: {settings}");
        }
    }

    /// <summary>A path as it can be typed here: below the working directory without that.</summary>
    private static string Near(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>The sections of the configuration that concern this run.</summary>
    private static JsonObject ConfigOf(RunFolder.Description description)
    {
        JsonObject all = JsonSerializer.SerializeToNode(description.Config, SettingsJson.Options)!.AsObject();
        JsonObject sections = [];
        foreach ((string name, JsonNode? section) in all)
        {
            if (name == description.Stage.Name() || name == $"{description.Stage.Name()}_training")
            {
                sections[name] = section!.DeepClone();
            }
        }

        return sections;
    }
}

using Calm.Runtime;

namespace Calm.Training;

/// <summary>A trained language model from a run's folder. It writes text.</summary>
public sealed class LanguageModel : IDisposable
{
    private readonly IDisposable _trained;
    private readonly Func<GenerationRequest, Action<string>, GeneratedText> _generate;
    private bool _isDisposed;

    private LanguageModel(TrainedModel trained, Device device)
    {
        (_trained, Config, Tokenizer) = (trained, trained.Description.Config, trained.Tokenizer);
        _generate = new TextGenerator(trained.Model, Tokenizer, device).Generate;
    }

    private LanguageModel(TrainedArModel trained, Device device)
    {
        (_trained, Config, Tokenizer) = (trained, trained.Description.Config, trained.Tokenizer);
        _generate = new ArTextGenerator(trained.Model, trained.Tokenizer, trained.PatchSize, device).Generate;
    }

    /// <summary>The configuration of its run.</summary>
    public RunConfig Config { get; }

    /// <summary>The tokenizer of its text.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>Opens the newest weights of a run.</summary>
    /// <param name="folder">The folder of a run of <see cref="Stage.Calm"/> or <see cref="Stage.Ar"/>, or of a demo.</param>
    /// <param name="device">The device that holds the weights and runs the model.</param>
    /// <param name="average">Whether to take the moving average of the weights in their place.</param>
    /// <exception cref="CalmException">The folder is no such run, nothing was saved yet, or the run keeps no average.</exception>
    public static LanguageModel Open(string folder, Device device, bool average = false) =>
        TrainedArModel.Is(folder)
            ? new LanguageModel(TrainedArModel.Open(folder, device, average: average), device)
            : new LanguageModel(TrainedModel.Open(folder, device, average: average), device);

    /// <summary>Continues a text.</summary>
    /// <param name="request">The prompt and the settings of sampling.</param>
    /// <param name="write">Receives the text while it is written, the prompt first, in whole characters; may be null.</param>
    /// <exception cref="SettingException">A setting is out of range.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed of.</exception>
    public GeneratedText Generate(GenerationRequest request, Action<string>? write = null)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _generate(request, write ?? (static _ => { }));
    }

    /// <summary>Closes the run's text.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _trained.Dispose();
    }
}

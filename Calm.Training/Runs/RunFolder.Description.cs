using Calm.Runtime;

namespace Calm.Training;

/// <content>The contents of <c>run.json</c>.</content>
internal sealed partial class RunFolder
{
    /// <summary>The contents of <c>run.json</c>. Paths are relative to the run's folder in the file, and absolute here.</summary>
    /// <param name="Stage">The model that is trained.</param>
    /// <param name="Corpus">Folder of the tokenized text.</param>
    /// <param name="Autoencoder">Folder of the autoencoder's weights, for a language model.</param>
    /// <param name="Device">The device and its instruction set or driver, which decide the bits.</param>
    /// <param name="Version">The version of Calm.</param>
    /// <param name="Config">The resolved configuration.</param>
    internal sealed record Description(
        Stage Stage, string Corpus, string? Autoencoder, string Device, string Version, RunConfig Config)
    {
        /// <summary>The description of a new run, with the hashes of what belongs to it.</summary>
        /// <param name="stage">The model that is trained.</param>
        /// <param name="corpus">Its text.</param>
        /// <param name="autoencoder">Folder of the autoencoder's weights, for <see cref="Stage.Calm"/>.</param>
        /// <param name="device">The device that trains; null if it is not known yet.</param>
        /// <param name="config">The resolved configuration.</param>
        public static Description Of(Stage stage, Corpus corpus, string? autoencoder, Device? device, RunConfig config)
        {
            Description made = new(stage, corpus.Folder, autoencoder, "", "", config)
            {
                AutoencoderWeights = autoencoder is null ? null : WeightsHash(autoencoder),
            };
            return made.With(corpus, device, config);
        }

        /// <summary>The description of the run when it goes on.</summary>
        public Description With(Corpus corpus, Device? device, RunConfig config) => this with
        {
            Corpus = corpus.Folder,
            Tokenizer = corpus.Tokenizer.Hash,
            Text = corpus.Hash,
            Device = device is null ? "" : $"{device.Name}, {device.Description}",
            Version = ProgramVersion.Text,
            Config = config,
        };

        /// <summary>False in older files, whose paths are relative to the working directory of that time.</summary>
        public bool PathsFromRun { get; init; }

        /// <summary>SHA-256 of the tokenizer's file; null in older files.</summary>
        public string? Tokenizer { get; init; }

        /// <summary>SHA-256 of the tokenised text; null in older files.</summary>
        public string? Text { get; init; }

        /// <summary>SHA-256 of the autoencoder's weights; null in older files and where there is none.</summary>
        public string? AutoencoderWeights { get; init; }

        /// <summary>The checkpoint that the run was imported from; null for a run that was trained here.</summary>
        public string? ImportedFrom { get; init; }

        /// <summary>The context that a published configuration was made for, in positions; null for others.</summary>
        public int? MostPositions { get; init; }

        /// <summary>The model whose weights the run began with, and their SHA-256; null for random weights.</summary>
        public string? BeganFrom { get; init; }

        /// <summary>SHA-256 of these weights.</summary>
        public string? BeganFromWeights { get; init; }

        /// <summary>The description with the model that the run begins with.</summary>
        public Description From(StartingPoint? start) => start is null
            ? this
            : this with
            {
                BeganFrom = System.IO.Path.GetFullPath(start.Path),
                BeganFromWeights = WeightsHash(start.Folder),
                MostPositions = start.MostPositions,
            };

        /// <summary>Options of the command that made the run, as typed; null in older files and in runs made from code.</summary>
        public Dictionary<string, string>? Typed { get; init; }

        /// <summary>The reason why no run has this description; null if one can.</summary>
        internal string? Problem
        {
            get
            {
                if (!IsPath(Corpus) || (Autoencoder is not null && !IsPath(Autoencoder)))
                {
                    return "a folder has no name";
                }

                if ((Stage == Stage.Calm) != (Autoencoder is not null))
                {
                    return $"a run of {Stage.Name()} {(Autoencoder is null ? "has" : "has no")} autoencoder";
                }

                try
                {
                    ConfigCheck.Stage(Config, Stage);
                    return null;
                }
                catch (SettingException failure)
                {
                    return failure.Message.TrimEnd('.');
                }
            }
        }

        private static bool IsPath(string path) => path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal);
    }
}

using System.Text;
using System.Text.Json;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Faults;

/// <summary>A kind of file with a right sample of it.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Share">How often it is chosen, against the others.</param>
/// <param name="Sample">A file that is right.</param>
/// <param name="IsJson">Whether it is one document of JSON.</param>
/// <param name="Read">Writes bytes in its place and reads them as the program does.</param>
internal sealed record Reader(string Name, int Share, byte[] Sample, bool IsJson, Action<byte[]> Read);

/// <summary>All kinds of files that the program reads.</summary>
internal static partial class Readers
{
    private const long MostBytes = 512_000_000;

    /// <summary>The readers of one thread.</summary>
    /// <param name="runs">The folder with runs of all stages.</param>
    /// <param name="own">A folder for the thread's files.</param>
    /// <param name="device">The thread's device.</param>
    public static IEnumerable<Reader> All(TemporaryFolder runs, string own, HostDevice device)
    {
        Files files = new(own);
        return [.. OfText(runs, files), .. TextReaders.All(files), .. OfRuns(runs, files, device), .. OfModels(runs, files), .. OfTools(files)];
    }

    private static IEnumerable<Reader> OfText(TemporaryFolder runs, Files files)
    {
        ITokenizer bytes = new ByteTokenizer();
        Document[] documents = [new("text", Encoding.UTF8.GetBytes(SmallText.Words(400)))];
        foreach (Reader reader in Tokenizers(files, BpeTrainer.Train(documents, 290)))
        {
            yield return reader;
        }

        string text = "time,load,\"wind, m/s\"\n" + string.Concat(
            Enumerable.Range(0, 12).Select(i => $"2026-01-{i + 1:D2}T00:00,{20 + i * 0.25},{i * 1e3}\n"));
        yield return files.Plain("series csv", 3, text, "series.csv", path =>
        {
            SeriesTable table = SeriesReader.Read(path, new SeriesFormat(["load", "wind, m/s"], "time")).Table;
            table.ToLines();
            table.Changes().ToLines(3);
        });
        foreach (GapFill fill in Enum.GetValues<GapFill>())
        {
            bool hasGaps = fill != GapFill.Refuse;
            string days = "time;load\n" + string.Concat(Enumerable.Range(0, 30).Where(i => !hasGaps || i % 7 != 3).Select(
                i => $"{1 + i}/1/2024 6:00+01:00;{(hasGaps && i % 5 == 1 ? "NA" : i)}\n"));
            yield return files.Plain($"series csv, fill {fill}", 2, days, $"{fill}.csv", path =>
            {
                SeriesReading reading = SeriesReader.Read(path, new SeriesFormat([], Dates: DateOrder.DayFirst, Fill: fill));
                reading.Table.ToFile();
                reading.Clock?.After(40);
            });
        }

        string numbers = "t,a\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"{1.7e9 + 3600 * i},{i}\n"));
        yield return files.Plain("series csv, numbers of time", 2, numbers, "numbers.csv", path =>
            SeriesReader.Read(path, new SeriesFormat(["a"], "t", Fill: GapFill.Previous)).Clock?.After(40));
        yield return files.Plain("series csv, all columns", 2, "a,b\n1,2\n3,4.5\n-1e3,0\n", "all.csv", path =>
            SeriesReader.Read(path, new SeriesFormat([])).Table.ToFile());
        files.Write("data/series.csv", Encoding.UTF8.GetBytes("a,b\n1,2\n3,4\n5,6\n7,8\n"));
        yield return files.Json("series.json", 2, """
            {"format":"calm-series","version":1,"kind":"text","columns":["a","b"],"difference":true,"decimals":2,"trainRows":3,
             "fill":"linear","clock":{"column":"t","step":{"kind":"months","size":1},"last":1700000000000000000,"areDates":true,
             "isDateOnly":false,"offset":60,"dates":"dayFirst"}}
            """, "data/series.json", path =>
        {
            SeriesInfo info = SeriesInfo.Find(Path.GetDirectoryName(path)!)!;
            info.Clock?.After(3);
            info.ToLines(info.LoadTable(Path.GetDirectoryName(path)!));
        });
        byte[] tokens = File.ReadAllBytes(runs["ae/data/held-out.tokens"]);
        yield return files.Bytes("token file", 3, tokens.Length > 4000 ? Small(files, bytes) : tokens, "text.tokens", path =>
        {
            using TokenFile file = TokenFile.Open(path, bytes);
            long sum = file.All().Take(1 << 20).Sum(id => (long)id);
            for (long i = 0; i < Math.Min(100, file.Documents); i++)
            {
                sum += file.Document(i).Length;
            }
        });
    }

    private static byte[] Small(Files files, ITokenizer tokenizer)
    {
        string path = files["small.tokens"];
        TokenFileWriter.Write(
            path, Enumerable.Range(0, 4).Select(i => new Document($"{i}", new byte[20 + i])), tokenizer, patchSize: 4);
        return File.ReadAllBytes(path);
    }

    private static IEnumerable<Reader> OfRuns(TemporaryFolder runs, Files files, HostDevice device)
    {
        foreach (Stage stage in Enum.GetValues<Stage>())
        {
            string run = runs[stage == Stage.Autoencoder ? "ae" : stage.Name()];
            string data = stage == Stage.Calm ? runs["ae/data"] : Path.Combine(run, "data");
            string description = File.ReadAllText(Path.Combine(run, "run.json"));
            string name = $"run-{stage.Name()}";
            string absolute = description
                .Replace(JsonSerializer.Serialize(Relative(run, data)), JsonSerializer.Serialize(data), StringComparison.Ordinal);
            yield return files.Json($"run.json {stage.Name()}", 2, absolute, $"{name}/run.json", path =>
            {
                RunFolder folder = RunFolder.Open(Path.GetDirectoryName(path)!);
                RunFolder.Description read = folder.ReadDescription();
                FlopCount.Of(read.Stage, read.Config);
                folder.OpenText().Dispose();
            });
        }

        string log = File.ReadAllText(runs["calm/log.jsonl"]);
        files.Write("log/run.json", File.ReadAllBytes(runs["calm/run.json"]));
        yield return files.Plain("log.jsonl", 3, log, "log/log.jsonl", path =>
        {
            TrainingLog.Read(path);
            RunCost cost = RunCost.Open(Path.GetDirectoryName(path)!);
            cost.Evaluations();
            _ = (cost.Step, cost.Tokens, cost.Work);
            new TrainingLog(path).KeepThrough(2);
        });
        CheckpointFolder checkpoints = new(runs["ar/checkpoints"]);
        SavedCheckpoint saved = checkpoints.Latest!;
        Copy(saved.Folder, files["run-m/checkpoints/step-1"]);
        yield return files.Json(
            "checkpoint manifest", 2, File.ReadAllText(saved["manifest.json"]), "run-m/checkpoints/step-1/manifest.json", path =>
            {
                SavedCheckpoint? read = SavedCheckpoint.TryOpen(Path.GetDirectoryName(path)!);
                _ = read?.Step;
            });
        Copy(saved.Folder, files["run-p/checkpoints/step-000000003"]);
        yield return files.Plain("pointers", 1, "step-000000003\n0.25\n", "run-p/checkpoints/best", path =>
        {
            CheckpointFolder folder = new(Path.GetDirectoryName(path)!);
            _ = (folder.BestScore, folder.Latest, folder.Find(CheckpointFolder.BestPointer));
        });

        ParameterSet parameters = new();
        parameters.Add("weight", new Shape(2, 3), Initialization.Ones);
        parameters.Allocate(device, trainable: true);
        AdamWOptimizer optimizer = new(device, parameters, new AdamW.Options(0.9f, 0.95f, WeightDecay: 0.1f));
        SafetensorsWriter moments = new();
        moments.Add("first_moment.weight", new Shape(2, 3), new float[6]);
        moments.Add("second_moment.weight", new Shape(2, 3), new float[6]);
        moments.Save(files["state/trainer.safetensors"]);
        string state = File.ReadAllText(saved["trainer.json"]);
        string withOutliers = "{\"recent_losses\":[2.5,1.5],\"recent_norms\":[1e-3,4]," + state.TrimStart('{', '\n', ' ');
        foreach ((string name, string sample) in new[] { ("trainer.json", state), ("trainer.json with outliers", withOutliers) })
        {
            yield return files.Json(name, 1, sample, "state/trainer.json", path =>
                TrainerState.Read(Path.GetDirectoryName(path)!, parameters, optimizer));
        }
    }

    private static string Relative(string run, string data) => Path.GetRelativePath(run, data);

    private static IEnumerable<Reader> OfModels(TemporaryFolder runs, Files files)
    {
        foreach (string checkpoint in Directory.GetDirectories(Golden.Checkpoints))
        {
            string name = Path.GetFileName(checkpoint);
            Copy(checkpoint, files[$"golden-{name}"]);
            string config = File.ReadAllText(files[$"golden-{name}/config.json"]);
            yield return files.Json($"published config.json {name}", 2, config, $"golden-{name}/config.json", path =>
            {
                string folder = Path.GetDirectoryName(path)!;
                using HostDevice device = new(1) { MemoryLimit = MostBytes };
                _ = PublishedConfig.Read(folder).Stage switch
                {
                    Stage.Autoencoder => (object)PublishedCheckpoint.LoadAutoencoder(folder, device),
                    Stage.Calm => PublishedCheckpoint.LoadCalm(folder, device),
                    _ => PublishedCheckpoint.LoadAr(folder, device),
                };
            });
        }

        yield return Model("autoencoder", "ae", (folder, device) => PublishedCheckpoint.LoadAutoencoder(folder, device));
        yield return Model("calm", "calm", (folder, device) => PublishedCheckpoint.LoadCalm(folder, device));
        yield return Model("ar", "ar", (folder, device) => PublishedCheckpoint.LoadAr(folder, device));

        SafetensorsWriter writer = new();
        writer.AddMetadata("format", "pt");
        writer.Add("weight", new Shape(2, 3), [1f, 2, 3, 4, 5, 6]);
        writer.Add("ids", new Shape(2), [1L, 2]);
        writer.Add("few", new Shape(1), [7]);
        writer.Save(files["model/model-1.safetensors"]);
        byte[] sample = File.ReadAllBytes(files["model/model-1.safetensors"]);
        yield return files.Bytes("safetensors", 4, sample, "single.safetensors", ReadAll);
        yield return files.Json("safetensors index", 2, """
            {"metadata":{"total_size":44},"weight_map":{"weight":"model-1.safetensors","ids":"model-1.safetensors","few":"model-1.safetensors"}}
            """, "model/model.safetensors.index.json", path => ReadAll(Path.GetDirectoryName(path)!));

        yield return files.Bytes("torch archive", 3, Torch().ToArray(), "torch.bin", ReadTorch);
        yield return new Reader("torch pickle", 4, Torch().Pickle(), false, bytes =>
        {
            files.Write("pickle.bin", Torch().With(bytes));
            ReadTorch(files["pickle.bin"]);
        });

        static TorchBytes Torch() => new TorchBytes()
            .Tensor("weight", "FloatStorage", "0", 6, 0, [2, 3], [3, 1])
            .Tensor("turned", "FloatStorage", "0", 6, 0, [3, 2], [1, 3])
            .Tensor("half", "BFloat16Storage", "1", 2, 1, [1], [1])
            .Member("data/0", new byte[24]).Member("data/1", new byte[4]).Member("byteorder", "little"u8.ToArray());

        static void ReadTorch(string path)
        {
            using ModelWeights weights = ModelWeights.Open(path);
            foreach (StoredTensor tensor in weights.Tensors)
            {
                weights.Read(tensor.Name);
            }
        }

        Reader Model(string name, string run, Action<string, HostDevice> load)
        {
            Copy(runs[run], files[$"model-{name}"]);
            string config = File.ReadAllText(files[$"model-{name}/config.json"]);
            return files.Json($"config.json {name}", 1, config, $"model-{name}/config.json", path =>
            {
                string folder = Path.GetDirectoryName(path)!;
                PublishedCheckpoint.Architecture(folder);
                using HostDevice device = new(1) { MemoryLimit = MostBytes };
                load(folder, device);
            });
        }

        static void ReadAll(string path)
        {
            using SafetensorsSet set = SafetensorsSet.Open(path);
            foreach (string name in set.Names)
            {
                if (set[name].Type.IsFloat())
                {
                    set.Read<float>(name);
                }
                else
                {
                    set.Read<long>(name);
                }
            }

            _ = set.Metadata;
            using ModelWeights weights = ModelWeights.Open(path);
            _ = (weights.SizesOf("weight"), weights.Count);
        }
    }

    private static IEnumerable<Reader> OfTools(Files files)
    {
        string samples = "{\"truth\":[1,2,3,4],\"draws\":[[1,2,3,4],[1,2,5,6]],\"document\":\"a\"}\n";
        yield return files.Plain("samples jsonl", 2, samples + samples, "samples.jsonl", Score);
        yield return files.Plain("samples csv", 2, "document,truth,draw,draw\na,1 2 3 4,1 2 3 4,1 2 5 6\nb,1 2 3 4,4 3 2 1,1 2 5 6\n", "samples.csv", Score);
        yield return files.Json("study.json", 1, """
            {"study":"heads","command":"calm study heads","minutes":2.5,"steps":0,"seed":1,"text":"x","device":"host","settings":["a=1"],"continued":["x"],"planned_minutes":2}
            """, "study/study.json", path =>
        {
            StudyDescription read = StudyDescription.Read(Path.GetDirectoryName(path)!);
            _ = read.Minutes;
        });
        yield return files.Json("plan.json", 1, """
            [{"arm":"a","checkpoints":[20,40],"cost":{"seconds_per_step":0.1,"seconds_per_evaluation":1,"flops_per_step":1e9,"tokens_per_step":64}}]
            """, "study/plan.json", path =>
        {
            StudyPlan plan = new(path);
            _ = plan.Find("a")?.Steps;
        });
        string measured = "{\"arm\":\"a\",\"round\":0,\"variant\":\"\",\"step\":20,\"elapsed\":1.5,\"values\":{\"brierLm\":0.1,\"brierLow\":0.05,\"brierHigh\":0.15}}\n";
        yield return files.Plain("results.jsonl", 1, measured + measured, "study/results.jsonl", path =>
        {
            StudyResults results = new(path);
            _ = (results.Elapsed, results.Find("a", 0)?.BrierLm, results.Has("a", 1));
        });
        yield return files.Json("tuning", 1, """
            {"device":"d","driver":"r","choices":"v","entries":[{"choice":"slice","of":"AdamW","size":"1024","candidate":"512"},{"choice":"product form","of":"NT","size":"4 x 64 x 64","candidate":"Rows16"}]}
            """, "tuning.json", path => TuningFile.Read(path));
        SafetensorsWriter writer = new();
        writer.Add("in.x", new Shape(2), [1f, 2]);
        writer.Save(files["golden/a.safetensors"]);
        yield return files.Json("golden manifest", 1, """
            {"set":"s","fixtures":[{"name":"a","file":"a.safetensors","op":"silu","attrs":{"eps":1e-6},"tensors":{"in.x":{"shape":[2],"dtype":"F32","rtol":2e-5}}}]}
            """, "golden/manifest.json", path =>
        {
            GoldenSet set = new(Path.GetDirectoryName(path)!);
            foreach (string name in set.Names)
            {
                set.LargestArray(name);
                set.Load(name);
            }
        });
        yield return files.Json("settings file", 2, ConfigReader.Write(Presets.Get("tiny")), "settings.json", path =>
        {
            RunConfig config = ConfigReader.Read(Presets.Get("demo"), path, []);
            Array.ForEach(Enum.GetValues<Stage>(), stage => ConfigCheck.Stage(config, stage));
        });
        yield return new Reader("--set", 2, "calm.hidden_size=96"u8.ToArray(), false, bytes =>
            ConfigCheck.Stage(ConfigReader.Read(Presets.Get("demo"), null, [Encoding.UTF8.GetString(bytes)]), Stage.Calm));

        static void Score(string path)
        {
            foreach (BrierTotals totals in SampleScores.Of([path], BrierEstimator.Clamped))
            {
                totals.Summarise(BrierEstimator.Clamped);
            }
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    /// <summary>The files of one thread.</summary>
    internal sealed class Files(string folder)
    {
        public string this[string name] => Path.Combine(folder, name);

        public void Write(string name, byte[] bytes)
        {
            string path = this[name];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }

        public Reader Json(string name, int share, string sample, string file, Action<string> read) =>
            Of(name, share, Encoding.UTF8.GetBytes(sample), true, file, read);

        public Reader Plain(string name, int share, string sample, string file, Action<string> read) =>
            Of(name, share, Encoding.UTF8.GetBytes(sample), false, file, read);

        public Reader Bytes(string name, int share, byte[] sample, string file, Action<string> read) =>
            Of(name, share, sample, false, file, read);

        private Reader Of(string name, int share, byte[] sample, bool isJson, string file, Action<string> read) =>
            new(name, share, sample, isJson, bytes =>
            {
                Write(file, bytes);
                read(this[file]);
            });
    }
}

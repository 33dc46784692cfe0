using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Calm.Kernels;
using Calm.Runtime;
using Calm.Training;

namespace Calm.Bench;

/// <summary>
/// <c>peer</c>: our side of bench/compare.sh. Each line of input is a JSON request, each line of output its answer, so that
/// whoever compares can let two programs take turns. bench/peers/serve.py speaks the same.
/// </summary>
/// <remarks>
/// <c>{"do": "run", "item": ...}</c> gives the seconds of each run; <c>check</c> the results on known inputs; <c>info</c> the
/// threads, the measured peak, and the configuration of each preset; <c>config</c> that of a model's folder; <c>memory</c> the
/// peak of this process.
/// </remarks>
internal static class PeerCommand
{
    /// <summary>Name of the command.</summary>
    public const string Name = "peer";

    // A repetition of something short lasts this long, so that waking threads and cold caches do not decide.
    private const double SecondsPerRepetition = 0.05;

    /// <summary>Serves until the input ends.</summary>
    /// <param name="args">Number of threads, or none for one a core; and the provider that computes ops in our place.</param>
    public static int Run(string[] args)
    {
        try
        {
            Serve(args is [string threads, ..] ? int.Parse(threads) : 0, args.Skip(1).ToArray());
            return 0;
        }
        catch (CalmException failure)
        {
            Console.Error.WriteLine($"{Name}: {failure.Message}");
            return 1;
        }
    }

    private static void Serve(int threads, string[] names)
    {
        using HostDevice host = new(threads);
        using IOpProvider? provider = OpProviders.Open(names, host).SingleOrDefault();
        Dictionary<string, IPeerItem> items = [];
        while (Console.In.ReadLine() is { } line)
        {
            JsonNode request = JsonNode.Parse(line)!;
            Console.Out.WriteLine(Answer(host, provider, request, items).ToJsonString());
        }

        foreach (IPeerItem item in items.Values)
        {
            item.Dispose();
        }
    }

    private static JsonObject Answer(
        HostDevice host, IOpProvider? provider, JsonNode request, Dictionary<string, IPeerItem> items)
    {
        switch ((string?)request["do"])
        {
            case "info":
                return provider is null ? Info(host) : new JsonObject { ["description"] = provider.Description };
            case "config":
                CalmModel model = PublishedCheckpoint.LoadCalm((string)request["model"]!, host);
                RunConfig config = new() { Calm = model.Config, Autoencoder = model.Autoencoder.Config };
                return JsonSerializer.SerializeToNode(config, SettingsJson.Options)!.AsObject();

            case "memory":
                using (Process process = Process.GetCurrentProcess())
                {
                    return new JsonObject { ["megabytes"] = process.PeakWorkingSet64 / 1e6 };
                }

            case "check":
                return new JsonObject { ["results"] = Check(host, provider, request["item"]!) };
            case "run":
                string key = request["item"]!.ToJsonString();
                if (!items.TryGetValue(key, out IPeerItem? item))
                {
                    item = items[key] = provider is null
                        ? PeerItems.Create(host, request["item"]!)
                        : new ProviderItem(provider, request["item"]!);
                    Time(item); // compiles loops and takes memory
                }

                return new JsonObject { ["seconds"] = Repetition(item) };
            default:
                throw new UsageException($"{Name}: {request.ToJsonString()} is no request.");
        }
    }

    private static JsonObject Info(HostDevice host) => new()
    {
        ["name"] = "Calm",
        ["description"] = host.Description,
        ["gflops"] = PeakMeasure.Gflops(host),
        ["presets"] = new JsonObject(Presets.StepNames.Select(preset =>
            KeyValuePair.Create(preset, JsonNode.Parse(ConfigReader.Write(Presets.Get(preset)))))),
    };

    private static JsonArray Check(HostDevice host, IOpProvider? provider, JsonNode item)
    {
        using IPeerCheck check = provider is null ? PeerItems.CreateCheck(host, item) : new ProviderItem(provider, item);
        return [.. check.Results().Select(r => new JsonArray(r.Name, r.Projection, r.Norm))];
    }

    private static JsonArray Repetition(IPeerItem item)
    {
        List<double> times = [];
        double first = Time(item);
        if (first >= SecondsPerRepetition)
        {
            return [first / item.Units];
        }

        for (double sum = 0; sum < SecondsPerRepetition; sum += times[^1])
        {
            times.Add(Time(item));
        }

        return [.. times.Select(t => JsonValue.Create(t / item.Units))];
    }

    private static double Time(IPeerItem item)
    {
        item.Prepare();
        long start = Stopwatch.GetTimestamp();
        item.Run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

using System.Text.Json;
using System.Xml.Linq;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary><c>calm inspect</c>.</summary>
public sealed class InspectTests : IClassFixture<InspectTests.Trained>
{
    private readonly TinyRun _run;

    public InspectTests(Trained trained) => _run = trained.Run;

    /// <summary>An autoencoder that has learnt something, and a language model.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Run = new TinyRun();
            Run.TrainAutoencoder(150);
            TinyRun.Succeeds(Run.TrainCalm("calm", "--steps", "3"));
        }

        internal TinyRun Run { get; }

        public void Dispose() => Run.Dispose();
    }

    [Fact]
    public void Latents_agree_with_what_evaluate_says()
    {
        JsonElement inspected = Json("inspect", _run["ae"], "--patches", "0", "--json", "--device", "host");
        JsonElement evaluated = Json("evaluate", _run["ae"], "--json", "--device", "host");
        JsonElement latents = inspected.GetProperty("latents");
        JsonElement[] perturbed = [.. latents.GetProperty("perturbation").EnumerateArray()];
        Assert.Equal(11, perturbed.Length);
        Assert.Equal(evaluated.GetProperty("accuracy").GetDouble(), Accuracy(0));
        Assert.Equal(evaluated.GetProperty("accuracyPerturbed").GetDouble(), Accuracy(3));
        Assert.Equal(evaluated.GetProperty("activeDimensions").GetInt32(), latents.GetProperty("active").GetInt32());
        Assert.Equal(evaluated.GetProperty("tokens").GetInt64(), latents.GetProperty("tokens").GetInt64());
        Assert.True(Accuracy(0) > Accuracy(10));
        double[] kl = [.. latents.GetProperty("kl").EnumerateArray().Select(e => e.GetDouble())];
        Assert.Equal(16, kl.Length);
        Assert.All(kl, value => Assert.True(value >= 0));
        Assert.Equal(kl.Sum(), latents.GetProperty("klSum").GetDouble(), 9);
        Assert.Equal(kl.Count(value => value > 0.01), latents.GetProperty("aboveThreshold").GetInt32());
        Assert.Equal(150, inspected.GetProperty("steps").GetInt32());
        Assert.Equal(16, inspected.GetProperty("config").GetProperty("autoencoder").GetProperty("latent_size").GetInt32());

        double Accuracy(int place) => perturbed[place].GetProperty("accuracy").GetDouble();
    }

    [Fact]
    public void Without_a_floor_a_strong_divergence_leaves_fewer_dimensions_active_than_have_one()
    {
        using TinyRun run = new();
        TinyRun.Succeeds(
        [
            "train", "autoencoder", "--data", run.TextFile, "--run", run["ae"], "--steps", "100", .. TinyRun.Settings,
            "--set", "autoencoder.kl_clamp=0", "--set", "autoencoder.kl_weight=1",
        ]);
        JsonElement evaluated = Json("evaluate", run["ae"], "--json", "--device", "host");
        JsonElement latents = Json("inspect", run["ae"], "--json", "--device", "host").GetProperty("latents");
        int active = evaluated.GetProperty("activeDimensions").GetInt32();
        Assert.InRange(active, 0, 15);
        Assert.Equal(active, latents.GetProperty("active").GetInt32());
        Assert.Equal(16, latents.GetProperty("aboveFloor").GetInt32());
        string last = File.ReadLines(Path.Combine(run["ae"], "log.jsonl")).Last();
        Assert.Equal(active, JsonDocument.Parse(last).RootElement.GetProperty("activeDimensions").GetDouble());
    }

    [Fact]
    public void Neighbours_are_in_order_and_never_the_patch_itself()
    {
        string[] args =
        [
            "inspect", _run["ae"], "--like", "the value", "--samples", "3", "--neighbours", "5", "--json",
            "--device", "host",
        ];
        JsonElement[] table = [.. Json(args).GetProperty("neighbours").EnumerateArray()];
        Assert.Equal(4, table.Length);
        Assert.Equal("\"the \"", table[0].GetProperty("text").GetString());
        foreach (JsonElement entry in table)
        {
            JsonElement[] nearest = [.. entry.GetProperty("nearest").EnumerateArray()];
            Assert.Equal(5, nearest.Length);
            double[] distances = [.. nearest.Select(near => near.GetProperty("distance").GetDouble())];
            Assert.Equal(distances.Order(), distances);
            string itself = entry.GetProperty("ids").GetRawText();
            Assert.DoesNotContain(nearest, near => near.GetProperty("ids").GetRawText() == itself);
            Assert.All(nearest, near => Assert.InRange(near.GetProperty("sharedTokens").GetInt32(), 0, 3));
        }

        Assert.Equal(
            string.Join('\n', table.Select(entry => entry.GetRawText())),
            string.Join('\n', Json(args).GetProperty("neighbours").EnumerateArray().Select(entry => entry.GetRawText())));
    }

    [Fact]
    public void A_page_for_people_and_a_picture()
    {
        string picture = _run["latents.svg"];
        string shown = TinyRun.Succeeds("inspect", _run["ae"], "--svg", picture, "--device", "host");
        foreach (string part in new[] { "16 dimensions", "KL of each dimension", "sigma", "nearest of", "kl_clamp=0.5" })
        {
            Assert.Contains(part, shown, StringComparison.Ordinal);
        }

        XElement chart = XElement.Load(picture);
        string[] marks = [.. chart.Descendants().Select(element => (string?)element.Attribute("class") ?? "")];
        Assert.Equal(16, marks.Count(mark => mark == "column c0"));
        Assert.Equal(11, marks.Count(mark => mark == "dot c0"));
    }

    [Fact]
    public void A_language_model_is_described()
    {
        JsonElement result = Json("inspect", _run["calm"], "--json");
        Assert.Equal("calm", result.GetProperty("stage").GetString());
        Assert.Equal(3, result.GetProperty("steps").GetInt32());
        CalmModel model = Model();
        Assert.Equal(model.Parameters.Count, result.GetProperty("parameters").GetInt64());
        Assert.Equal(model.Autoencoder.Parameters.Count, result.GetProperty("autoencoderParameters").GetInt64());
        Assert.Equal("tokens", result.GetProperty("config").GetProperty("calm").GetProperty("input").GetString());
        Assert.Equal(3, result.GetProperty("lastLog").GetProperty("step").GetInt32());
        Assert.True(result.GetProperty("trainingFlopsPerToken").GetDouble() > 0);
        string shown = TinyRun.Succeeds("inspect", _run["calm"]);
        Assert.Contains("num_mlp_layers=1", shown, StringComparison.Ordinal);
        Assert.Contains("--svg", TinyRun.Fails(2, "inspect", _run["calm"], "--svg", "x"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--patches", "-1")]
    [InlineData("--threshold", "-1")]
    [InlineData("--neighbours", "0")]
    [InlineData("--like", "ab")]
    public void What_cannot_be_asked_is_a_usage_error(string option, string value) =>
        Assert.Contains(
            option, TinyRun.Fails(2, "inspect", _run["ae"], "--device", "host", option, value), StringComparison.Ordinal);

    [Theory]
    [InlineData(new[] { 116, 10, 9, 256 }, "\"t\\n\\t<begin>\"")]
    [InlineData(new[] { 257, 258, 258, 97 }, "\"<end><pad><pad>a\"")]
    public void Everything_of_a_patch_shows(int[] ids, string shown) =>
        Assert.Equal(shown, PatchText.Of(ids, new ByteTokenizer()));

    private CalmModel Model()
    {
        RunConfig config = RunFolder.Open(_run["calm"]).ReadDescription().Config;
        return new CalmModel(config.Calm, new Autoencoder(new ParameterSet(), config.Autoencoder));
    }

    private static JsonElement Json(params string[] args) => JsonDocument.Parse(TinyRun.Succeeds(args)).RootElement;
}

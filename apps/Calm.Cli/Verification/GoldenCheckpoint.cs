using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Checks models loaded from folders in the published layout.</summary>
internal static class GoldenCheckpoint
{
    public static void Run(GoldenCheck check)
    {
        string folder = Path.Combine(check.Fixture.Folder, check.Fixture.Attributes.GetProperty("folder").GetString()!);
        string architecture = PublishedCheckpoint.Architecture(folder);
        switch (architecture)
        {
            case "Autoencoder":
                RunAutoencoder(check, folder);
                break;
            case "EnergyTransformer":
                RunEnergy(check, folder);
                break;
            case PublishedCheckpoint.ArArchitecture:
                GoldenAr.Logits(check, PublishedCheckpoint.LoadAr(folder, check.Device));
                break;
            default:
                throw new NotSupportedException($"{folder}: architecture {architecture}.");
        }
    }

    private static void RunAutoencoder(GoldenCheck check, string folder)
    {
        Autoencoder model = PublishedCheckpoint.LoadAutoencoder(folder, check.Device);
        using Tape tape = new(check.Device, recording: false);
        (Tensor mean, Tensor logStd) = model.Encode(tape, check.Integers(tape, "ids"));
        check.Output("mean", mean);
        check.Output("log_std", logStd);
        check.Output("logits", Linear.Apply(tape, model.Decode(tape, mean), model.TokenTable));
    }

    private static void RunEnergy(GoldenCheck check, string folder)
    {
        CalmModel model = PublishedCheckpoint.LoadCalm(folder, check.Device);
        using Tape tape = new(check.Device, recording: false);
        FixtureTensor ids = check.Fixture["in.ids"];
        int sequences = ids.Sizes[0];
        int patchSize = model.Config.PatchSize;
        int patches = ids.Sizes[1] / patchSize;
        Tensor tokens = tape.FromIntegers(ids.Integers, new Shape(sequences, patches, patchSize));
        Tensor hidden = model.Hidden(tape, tokens);
        check.Output("hidden", hidden);

        int[] last = [.. Enumerable.Range(1, sequences).Select(s => s * patches - 1)];
        Tensor rows = Embedding.Apply(
            tape, tape.FromIntegers(last, new Shape(sequences)), hidden.Reshape(sequences * patches, hidden.Columns));
        Tensor noise = check.Input(tape, "noise");
        Tensor latent = model.Draw(tape, rows, noise.Reshape(sequences, 1, noise.Columns));
        check.Output("latent", latent);
        Tensor decoded = model.Autoencoder.Decode(tape, latent.Reshape(sequences, latent.Columns));
        check.Output("logits", Linear.Apply(tape, decoded, model.Autoencoder.TokenTable));
        Tensor patchRows = tokens.Reshape(sequences * patches, patchSize);
        check.Output("target_mean", model.Autoencoder.Encode(tape, patchRows).Mean);
    }
}

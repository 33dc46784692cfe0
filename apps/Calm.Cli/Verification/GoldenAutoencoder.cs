using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The random numbers of an autoencoder's step from a fixture, one slice per step if it holds several steps.</summary>
internal sealed class GivenAutoencoderNoise(Fixture fixture, int? step, float dropout, bool masks) : IAutoencoderNoise
{
    public Tensor DropTokens(Tape tape, Tensor ids)
    {
        if (!masks)
        {
            return ids;
        }

        int[] keep = Given("token_keep").Integers;
        int[] kept = [.. ids.ToIntegerArray().Zip(keep, (id, k) => id * k)];
        return tape.FromIntegers(kept, ids.Shape);
    }

    public Tensor Sample(Tape tape, Tensor mean, Tensor logStd) =>
        Reparameterise.Apply(tape, mean, logStd, tape.From(Given("eps").Floats, mean.Shape));

    public Tensor DropLatent(Tape tape, Tensor latent) =>
        masks ? Dropout.Apply(tape, latent, dropout, tape.From(Given("latent_keep").Floats, latent.Shape)) : latent;

    private FixtureTensor Given(string name)
    {
        FixtureTensor whole = fixture[$"in.{name}"];
        return step is { } at ? whole.Slice(at) : whole;
    }
}

internal static class GoldenAutoencoder
{
    public static void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        AutoencoderConfig config = check.Fixture.Config<AutoencoderConfig>("config");
        Autoencoder model = new(new ParameterSet(), config);
        GoldenModel.Fill(model.Parameters, check.Device, check.Fixture);

        Tensor ids = check.Integers(tape, "ids");
        GivenAutoencoderNoise noise = new(check.Fixture, null, config.AeDropout, masks: true);
        AutoencoderObjective.Terms terms = AutoencoderObjective.Loss(tape, model, ids, noise);
        double crossEntropy = terms.CrossEntropy.ToArray()[0];
        double kl = terms.Kl.ToArray()[0];
        check.Output("loss", crossEntropy + kl);
        check.Output("ce", crossEntropy / config.PatchSize);
        check.Output("kl", kl / config.KlWeight);
        check.Output("mean", terms.Mean);
        check.Output("log_std", terms.LogStd);
        check.Output("logits", Linear.Apply(tape, terms.Hidden, model.TokenTable));
        tape.Backward(terms.CrossEntropy, terms.Kl);
        GoldenModel.Gradients(check, model.Parameters);
        Evaluate(check, model);
    }

    /// <summary>The evaluation loss: cross-entropy alone, latents drawn, nothing dropped.</summary>
    private static void Evaluate(GoldenCheck check, Autoencoder model)
    {
        using Tape tape = new(check.Device, recording: false);
        Tensor ids = check.Integers(tape, "ids");
        GivenAutoencoderNoise noise = new(check.Fixture, null, 0, masks: false);
        AutoencoderObjective.Terms terms = AutoencoderObjective.Loss(tape, model, ids, noise);
        check.Output("eval_loss", terms.CrossEntropy.ToArray()[0] / model.Config.PatchSize);
        check.Output("eval_argmax", VocabularyArgMax.Apply(tape, terms.Hidden, model.TokenTable));
    }
}

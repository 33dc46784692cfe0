using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Fixtures hold draws outside positions, [S, M, L]; ops hold them inside, [M, S, L].</summary>
internal sealed class GoldenEnergyLoss : IGoldenOp
{
    public string Op => "energy_loss";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        FixtureTensor given = check.Fixture["in.x"];
        Tensor x = check.Input(tape, "x", given.Exchanged());
        Tensor loss = EnergyScore.Apply(
            tape, x, check.Input(tape, "mean"), check.Input(tape, "log_std"),
            check.Input(tape, "eps", check.Fixture["in.eps"].Exchanged()), (float)check.Fixture.Number("beta"));
        check.Output("loss", loss);
        check.Backward(tape, loss, "loss");
        check.Compare("grad.x", FixtureTensor.Exchange(GoldenCheck.Doubles(x.Gradient!), given.Sizes[1], given.Sizes[0]));
    }
}

internal sealed class GoldenEnergyTerms : IGoldenOp
{
    public string Op => "energy_terms";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        FixtureTensor given = check.Fixture["in.x"];
        int positions = given.Sizes[1];
        Tensor x = check.Input(tape, "x", given.Exchanged());
        Tensor y = check.Input(tape, "y", check.Fixture["in.y"].Exchanged());
        Tensor terms = EnergyTerms.Apply(tape, x, y, (float)check.Fixture.Number("beta"));
        double[] got = GoldenCheck.Doubles(terms);
        check.Compare("out.spread", got[..positions]);
        check.Compare("out.fit", got[positions..]);
        terms.SetGradient(tape.From(
            [.. check.Fixture["cot.spread"].Floats, .. check.Fixture["cot.fit"].Floats], terms.Shape));
        tape.Backward();
        check.Compare("grad.x", FixtureTensor.Exchange(GoldenCheck.Doubles(x.Gradient!), positions, given.Sizes[0]));
    }
}

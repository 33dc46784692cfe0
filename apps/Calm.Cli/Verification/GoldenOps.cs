using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

internal sealed class GoldenLinear : IGoldenOp
{
    public string Op => "linear";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Tensor x = check.Input(tape, "x");
        Tensor weight = check.Input(tape, "weight");
        Tensor? bias = check.Fixture.Has("in.bias") ? check.Input(tape, "bias") : null;
        Tensor y = Linear.Apply(tape, x, weight, bias);
        check.Output("y", y);
        check.Backward(tape, y, "y");
        check.Gradient("x", x);
        check.Gradient("weight", weight);
        if (bias is not null)
        {
            check.Gradient("bias", bias);
        }
    }
}

internal sealed class GoldenRmsNorm : IGoldenOp
{
    public string Op => "rmsnorm";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Tensor x = check.Input(tape, "x");
        Tensor weight = check.Input(tape, "weight");
        Tensor y = RmsNorm.Apply(tape, x, weight, (float)check.Fixture.Number("eps"));
        check.Output("y", y);
        check.Backward(tape, y, "y");
        check.Gradient("x", x);
        check.Gradient("weight", weight);
    }
}

internal sealed class GoldenLayerNorm : IGoldenOp
{
    public string Op => "layernorm";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Tensor x = check.Input(tape, "x");
        Tensor weight = check.Input(tape, "weight");
        Tensor bias = check.Input(tape, "bias");
        Tensor y = LayerNorm.Apply(tape, x, weight, bias, (float)check.Fixture.Number("eps"));
        check.Output("y", y);
        check.Backward(tape, y, "y");
        check.Gradient("x", x);
        check.Gradient("weight", weight);
        check.Gradient("bias", bias);
    }
}

internal sealed class GoldenPlainLayerNorm : IGoldenOp
{
    public string Op => "layernorm_noaffine";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Tensor x = check.Input(tape, "x");
        Tensor y = LayerNorm.Apply(tape, x, null, null, (float)check.Fixture.Number("eps"));
        check.Output("y", y);
        check.Backward(tape, y, "y");
        check.Gradient("x", x);
    }
}

internal sealed class GoldenSilu : IGoldenOp
{
    public string Op => "silu";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Tensor x = check.Input(tape, "x");
        Tensor y = Silu.Apply(tape, x);
        check.Output("y", y);
        check.Backward(tape, y, "y");
        check.Gradient("x", x);
    }
}

/// <summary>The whole gated layer, with gate and up stacked as models have them.</summary>
internal sealed class GoldenSwiGlu : IGoldenOp
{
    public string Op => "swiglu";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        FixtureTensor gate = check.Fixture["in.gate"];
        FixtureTensor up = check.Fixture["in.up"];
        int inner = gate.Sizes[0];
        Tensor x = check.Input(tape, "x");
        Tensor gateUp = tape.From([.. gate.Floats, .. up.Floats], new Shape(2 * inner, gate.Sizes[1]));
        gateUp.RequiresGradient = true;
        Tensor down = check.Input(tape, "down");
        Tensor y = Linear.Apply(tape, SwiGlu.Apply(tape, Linear.Apply(tape, x, gateUp)), down);
        check.Output("y", y);
        check.Backward(tape, y, "y");
        check.Gradient("x", x);
        check.Gradient("down", down);
        double[] stacked = GoldenCheck.Doubles(gateUp.Gradient!);
        check.Compare("grad.gate", stacked[..gate.Values.Length]);
        check.Compare("grad.up", stacked[gate.Values.Length..]);
    }
}

internal sealed class GoldenEmbedding : IGoldenOp
{
    public string Op => "embedding";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Tensor weight = check.Input(tape, "weight");
        Tensor y = Embedding.Apply(tape, check.Integers(tape, "ids"), weight, (int)check.Fixture.Number("padding_idx", -1));
        check.Output("y", y);
        check.Backward(tape, y, "y");
        check.Gradient("weight", weight);
    }
}

internal sealed class GoldenCrossEntropy : IGoldenOp
{
    public string Op => "softmax_cross_entropy";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Tensor logits = check.Input(tape, "logits");
        Tensor loss = CrossEntropy.Apply(tape, logits, check.Integers(tape, "target"));
        check.Output("loss", loss);
        check.Backward(tape, loss, "loss");
        check.Gradient("logits", logits);
    }
}

internal sealed class GoldenDropout : IGoldenOp
{
    public string Op => "dropout_mask";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Tensor x = check.Input(tape, "x");
        Tensor y = Dropout.Apply(tape, x, (float)check.Fixture.Number("p"), check.Input(tape, "keep"));
        check.Output("y", y);
        check.Backward(tape, y, "y");
        check.Gradient("x", x);
    }
}

internal sealed class GoldenReparameterise : IGoldenOp
{
    public string Op => "reparameterise";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Tensor mean = check.Input(tape, "mean");
        Tensor logStd = check.Input(tape, "log_std");
        Tensor y = Reparameterise.Apply(tape, mean, logStd, check.Input(tape, "eps"));
        check.Output("y", y);
        check.Backward(tape, y, "y");
        check.Gradient("mean", mean);
        check.Gradient("log_std", logStd);
    }
}

internal sealed class GoldenClampedKl : IGoldenOp
{
    public string Op => "kl_clamped";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Tensor mean = check.Input(tape, "mean");
        Tensor logStd = check.Input(tape, "log_std");
        Tensor loss = ClampedKl.Apply(tape, mean, logStd, (float)check.Fixture.Number("floor"));
        check.Output("loss", loss);
        check.Backward(tape, loss, "loss");
        check.Gradient("mean", mean);
        check.Gradient("log_std", logStd);
    }
}

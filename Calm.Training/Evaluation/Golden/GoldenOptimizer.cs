using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

internal sealed class GoldenAdamW : IGoldenOp
{
    public string Op => "adamw";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Fixture f = check.Fixture;
        Tensor p = check.Input(tape, "p");
        p = p.Reshape(checked((int)p.Count));
        Tensor m = tape.Rent(p.Shape, "m");
        Tensor v = tape.Rent(p.Shape, "v");
        m.Clear();
        v.Clear();
        AdamW.Options options = new(f.Number("beta1"), f.Number("beta2"), f.Number("eps"), f.Number("weight_decay"));
        ParameterRanges ranges = ParameterRanges.Of(tape, (0, p.Count, true));
        FixtureTensor gradients = f["in.g"];
        for (int step = 1; step <= gradients.Sizes[0]; step++)
        {
            Tensor g = tape.From(gradients.Slice(step - 1).Floats, p.Shape);
            AdamW.Step(p, g, m, v, ranges, options, f.Number("lr"), step);
            check.Output($"p{step}", p);
        }

        check.Output($"m{gradients.Sizes[0]}", m);
        check.Output($"v{gradients.Sizes[0]}", v);
    }
}

/// <summary>Clipping by a factor is part of the update; here the factor is applied by itself.</summary>
internal sealed class GoldenClip : IGoldenOp
{
    public string Op => "clip_grad_norm";

    public void Run(GoldenCheck check)
    {
        using Tape tape = new(check.Device);
        Dictionary<string, FixtureTensor> gradients = check.Fixture.WithPrefix("in.");
        float[] flat = [.. gradients.Values.SelectMany(g => g.Floats)];
        Tensor all = tape.From(flat, new Shape(flat.Length));
        double norm = GradientNorm.Compute(tape, all, ParameterRanges.Of(tape, (0, flat.Length, true)));
        float factor = (float)GradientNorm.ClipFactor(norm, check.Fixture.Number("max_norm"));
        check.Output("norm", norm);
        foreach ((string name, FixtureTensor gradient) in gradients)
        {
            check.Output(name, [.. gradient.Floats.Select(g => (double)(g * factor))]);
        }
    }
}

using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Any temperature T in (0, 1], with the law p^(1/T) / Z. With 1/T = n + a: n draws that all agree propose their patch x
/// with probability p(x)^n; a Bernoulli factory then accepts it with probability p(x)^a, again from draws alone. A trial
/// ends with the first draw that decides it. Source: Shao, Li, Meng and Zhou 2025, arXiv:2510.27688, algorithm 1.
/// </summary>
internal sealed class ExactTemperature : ITemperatureSampler
{
    private readonly int _agreement;
    private readonly double _fraction;

    /// <summary>A sampler of one temperature.</summary>
    /// <param name="temperature">T in (0, 1].</param>
    /// <param name="mostCandidates">
    /// Draws of one patch at most; if they bring no decision the batch rule chooses among them, with n = floor(1/T).
    /// </param>
    /// <exception cref="SettingException">The temperature is out of range, or no draw is allowed.</exception>
    public ExactTemperature(double temperature, int mostCandidates)
    {
        (_agreement, _fraction) = InverseTemperature.Of(temperature)
            ?? throw new SettingException($"temperature is {temperature}, expected above 0 and at most 1.");
        if (mostCandidates < 1)
        {
            throw new SettingException($"max_candidates is {mostCandidates}, expected at least 1.");
        }

        MostCandidates = _agreement + _fraction == 1 ? 1 : mostCandidates;
    }

    /// <inheritdoc/>
    public string Name => "exact";

    /// <inheritdoc/>
    public int FewestCandidates => Math.Min(MostCandidates, 2);

    /// <inheritdoc/>
    public int MostCandidates { get; }

    /// <inheritdoc/>
    public async ValueTask<PatchChoice> Choose(ICandidates draws, ChoiceNoise noise)
    {
        Trials trials = new(draws, noise, MostCandidates);
        while (trials.MayDraw)
        {
            int proposal = await trials.Begin();
            if (await Propose(trials, proposal) && await Accept(trials, proposal))
            {
                return trials.Choose(proposal, atBound: false);
            }
        }

        return trials.Choose(await draws.Choose(trials.Drawn, _agreement, noise.Place), atBound: true);
    }

    /// <summary>p^n / Z for a known distribution, and the chances of a trial.</summary>
    /// <param name="p">Probabilities of one draw.</param>
    /// <param name="temperature">T.</param>
    /// <returns>
    /// The law; the chance that n = floor(1/T) draws agree, sum of p^n; and that a whole trial succeeds, sum of p^(1/T).
    /// </returns>
    public static (double[] Law, double FirstStage, double Trial) Enumerate(double[] p, double temperature)
    {
        ExactTemperature sampler = new(temperature, 1);
        double power = sampler._agreement + sampler._fraction;
        double sum = p.Sum(x => Math.Pow(x, power));
        return ([.. p.Select(x => Math.Pow(x, power) / sum)], p.Sum(x => Math.Pow(x, sampler._agreement)), sum);
    }

    /// <summary>Whether n - 1 further draws are the proposal, too.</summary>
    private async ValueTask<bool> Propose(Trials trials, int proposal)
    {
        for (int i = 1; i < _agreement; i++)
        {
            if (!trials.MayDraw || !await trials.NextIs(proposal))
            {
                return false;
            }
        }

        trials.Agreed++;
        return true;
    }

    /// <summary>
    /// Heads with probability p(proposal)^a: draws until one is the proposal, giving up after the i-th that is not with
    /// probability a / i. The sum over i of p (1 - p)^i prod (1 - a / k) is p^a, a negative binomial series.
    /// </summary>
    private async ValueTask<bool> Accept(Trials trials, int proposal)
    {
        if (_fraction == 0)
        {
            return true;
        }

        for (int i = 1; trials.MayDraw; i++)
        {
            if (await trials.NextIs(proposal))
            {
                return true;
            }

            if (trials.Coin() < _fraction / i)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>The draws and coins of a choice, each used once.</summary>
    private sealed class Trials(ICandidates draws, ChoiceNoise noise, int most)
    {
        private int _begun;
        private ulong _coins;

        public int Drawn { get; private set; }

        public int Agreed { get; set; }

        public bool MayDraw => Drawn < most;

        public async ValueTask<int> Begin()
        {
            _begun++;
            await draws.Make(Drawn + 1);
            return Drawn++;
        }

        public async ValueTask<bool> NextIs(int proposal)
        {
            await draws.Make(Drawn + 1);
            return await draws.FirstAgreeing([[proposal, Drawn++]]) == 0;
        }

        /// <summary>Uniform in [0, 1), all bits of a word.</summary>
        public double Coin() => noise.Coins.Word(_coins++) * Math.ScaleB(1, -32);

        public PatchChoice Choose(int draw, bool atBound) => new(draw, Drawn, _begun, Agreed, atBound);
    }
}

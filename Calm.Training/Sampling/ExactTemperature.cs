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
    public Sampler Kind => Sampler.Exact;

    /// <inheritdoc/>
    public int FewestCandidates => Math.Min(MostCandidates, 2);

    /// <inheritdoc/>
    public int MostCandidates { get; }

    /// <inheritdoc/>
    public ISelection Begin(ChoiceNoise noise) => new Selection(this, noise);

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

    /// <summary>Trials until one is accepted; each draw and each coin is used once.</summary>
    private sealed class Selection(ExactTemperature law, ChoiceNoise noise) : ISelection
    {
        private int _drawn;
        private int _proposal;
        private int _trials;
        private int _agreed;
        private int _drawsOfTrial;
        private ulong _coins;

        public PatchChoice? Continue(ICandidates draws)
        {
            while (_drawn < law.MostCandidates)
            {
                if (draws.Make(_drawn + 1) is null)
                {
                    return null;
                }

                int? place = 0;
                if (_drawsOfTrial == 0)
                {
                    _proposal = _drawn;
                    _trials++;
                }
                else if ((place = draws.FirstAgreeing([[_proposal, _drawn]])) is null)
                {
                    return null;
                }

                _drawn++;
                if (Accepts(place == 0))
                {
                    return Choice(_proposal, atBound: false);
                }
            }

            return Choice(draws.Choose(_drawn, law._agreement, noise.Place), atBound: true);
        }

        /// <summary>
        /// Whether the trial succeeds with its next draw. The first n must all be the proposal. Then the trial is accepted with
        /// probability p(proposal)^a: draws until one is the proposal, giving up after the i-th that is not with probability
        /// a / i. The sum over i of p (1 - p)^i prod (1 - a / k) is p^a, a negative binomial series.
        /// </summary>
        private bool Accepts(bool isProposal)
        {
            int i = ++_drawsOfTrial - law._agreement;
            if (isProposal)
            {
                _agreed += i == 0 ? 1 : 0;
                return i > 0 || (i == 0 && law._fraction == 0);
            }

            if (i <= 0 || Coin() < law._fraction / i)
            {
                _drawsOfTrial = 0;
            }

            return false;
        }

        /// <summary>Uniform in [0, 1), all bits of a word.</summary>
        private double Coin() => noise.Coins.Word(_coins++) * Math.ScaleB(1, -32);

        private PatchChoice Choice(int draw, bool atBound) => new(draw, _drawn, _trials, _agreed, atBound);
    }
}

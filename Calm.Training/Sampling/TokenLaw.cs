using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The distribution of the next token: p = softmax(logits / temperature), in double, and its truncation to likely tokens. One
/// object serves any number of distributions, one after another.
/// </summary>
/// <param name="vocabulary">V.</param>
internal sealed class TokenLaw(int vocabulary)
{
    private readonly double[] _exponents = new double[vocabulary];
    private readonly double[] _probabilities = new double[vocabulary];
    private readonly PriorityQueue<int, (double, int)> _heap = new();
    private double _logSum;

    /// <summary>The probability of a token.</summary>
    public double this[int id] => _probabilities[id];

    /// <summary>Sum of p^2: the probability that two draws agree.</summary>
    public double Collision
    {
        get
        {
            double sum = 0;
            foreach (double p in _probabilities)
            {
                sum += p * p;
            }

            return sum;
        }
    }

    /// <summary>Sets the distribution to that of some logits.</summary>
    /// <param name="logits">[V].</param>
    /// <param name="temperature">Above 0.</param>
    /// <exception cref="CalmException">A logit is not finite.</exception>
    public void Set(ReadOnlySpan<float> logits, double temperature = 1)
    {
        double max = float.NegativeInfinity;
        foreach (float logit in logits)
        {
            max = Math.Max(max, logit);
        }

        double sum = 0;
        for (int id = 0; id < _probabilities.Length; id++)
        {
            _exponents[id] = (logits[id] - max) / temperature;
            _probabilities[id] = Math.Exp(_exponents[id]);
            sum += _probabilities[id];
        }

        if (!double.IsFinite(sum))
        {
            throw new CalmException("sampling: the model's logits are not finite numbers; its training has diverged.");
        }

        _logSum = Math.Log(sum);
        Scale(1 / sum);
    }

    /// <summary>log p of a token before truncation; finite even if p underflows to 0.</summary>
    public double LogProbability(int id) => _exponents[id] - _logSum;

    /// <summary>
    /// Keeps the likeliest tokens and scales them to a sum of 1: first the <paramref name="topK"/> likeliest, then of these
    /// the fewest whose share reaches <paramref name="topP"/>. In a tie the smaller id counts as likelier.
    /// </summary>
    /// <param name="topK">Number of likeliest tokens to keep; 0 for all.</param>
    /// <param name="topP">In (0, 1]; 1 for all. Source: Holtzman et al. 2020, arXiv:1904.09751.</param>
    public void Keep(int topK, double topP)
    {
        if ((topK == 0 || topK >= _probabilities.Length) && topP >= 1)
        {
            return;
        }

        IEnumerable<int> likeliest = topK == 0 ? Likeliest() : [.. Likeliest().Take(topK)];
        double total = topK == 0 ? 1 : likeliest.Sum(id => _probabilities[id]);
        List<(int Id, double Probability)> kept = [];
        double share = 0;
        foreach (int id in likeliest.TakeWhile(_ => topP >= 1 || share < topP * total))
        {
            kept.Add((id, _probabilities[id]));
            share += _probabilities[id];
        }

        Array.Clear(_probabilities);
        kept.ForEach(token => _probabilities[token.Id] = token.Probability);
        Scale(1 / share);
    }

    /// <summary>Tokens in descending probability, found lazily: the first in O(V), each other in O(log V).</summary>
    private IEnumerable<int> Likeliest()
    {
        _heap.Clear();
        _heap.EnqueueRange(_probabilities.Select((p, id) => (id, (-p, id))));
        while (_heap.TryDequeue(out int likeliest, out _))
        {
            yield return likeliest;
        }
    }

    /// <summary>The inverse of the distribution function: the first token at which it exceeds u.</summary>
    /// <param name="u">In [0, 1).</param>
    public int Draw(double u)
    {
        double running = 0;
        int last = 0;
        for (int id = 0; id < _probabilities.Length; id++)
        {
            if (_probabilities[id] > 0)
            {
                last = id;
                running += _probabilities[id];
                if (running > u)
                {
                    break;
                }
            }
        }

        return last; // the last possible token if rounding leaves the sum below u
    }

    private void Scale(double factor)
    {
        for (int id = 0; id < _probabilities.Length; id++)
        {
            _probabilities[id] *= factor;
        }
    }
}

/// <summary>Settings by which a discrete model draws the next token.</summary>
/// <param name="Temperature">Logits are divided by it; 0 takes the likeliest token.</param>
/// <param name="TopK">Only so many likeliest tokens; 0 for all.</param>
/// <param name="TopP">Only the fewest likeliest tokens with this share; 1 for all.</param>
internal sealed record TokenSampling(double Temperature = 1, int TopK = 0, double TopP = 1)
{
    /// <summary>Checks the settings.</summary>
    /// <exception cref="SettingException">A value is out of range; the message names it.</exception>
    public void Check()
    {
        if (!(Temperature >= 0) || double.IsInfinity(Temperature))
        {
            throw new SettingException($"temperature is {Temperature}, expected at least 0; 0 takes the likeliest token.");
        }

        if (TopK < 0)
        {
            throw new SettingException($"top_k is {TopK}, expected at least 1, or 0 for all tokens.");
        }

        if (!(TopP is > 0 and <= 1))
        {
            throw new SettingException($"top_p is {TopP}, expected above 0 and at most 1.");
        }
    }

    /// <summary>Sets a distribution to that of logits: temperature, then the likeliest, then the nucleus.</summary>
    public void Apply(TokenLaw law, ReadOnlySpan<float> logits)
    {
        bool greedy = Temperature == 0;
        law.Set(logits, greedy ? 1 : Temperature);
        law.Keep(greedy ? 1 : TopK, TopP);
    }
}

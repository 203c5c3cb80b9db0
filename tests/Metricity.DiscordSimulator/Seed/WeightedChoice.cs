namespace Metricity.DiscordSimulator.Seed;

/// <summary>Chooses an index by weight in constant time (Vose's alias method).</summary>
internal sealed class WeightedChoice
{
    private readonly double[] _keep;
    private readonly int[] _alias;

    /// <param name="weights">0 or more; not all 0.</param>
    public WeightedChoice(IReadOnlyList<double> weights)
    {
        var mean = weights.Average();
        _keep = [.. weights.Select(weight => weight / mean)];
        _alias = [.. Enumerable.Range(0, weights.Count)];
        var small = new Stack<int>(Enumerable.Range(0, weights.Count).Where(i => _keep[i] < 1));
        var large = new Stack<int>(Enumerable.Range(0, weights.Count).Where(i => _keep[i] >= 1));
        while (small.Count > 0 && large.Count > 0)
        {
            var less = small.Pop();
            var more = large.Pop();
            _alias[less] = more;
            _keep[more] -= 1 - _keep[less];
            (_keep[more] < 1 ? small : large).Push(more);
        }
    }

    public int Next(Random random)
    {
        var index = random.Next(_keep.Length);

        return random.NextDouble() < _keep[index] ? index : _alias[index];
    }
}

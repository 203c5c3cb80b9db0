namespace Metricity.Report;

/// <summary>A scale with three to six round ticks that reaches from one at or below the least value to one at or above the most.</summary>
internal sealed class ChartScale
{
    private readonly double _least;
    private readonly double _most;

    /// <param name="fromZero">False for levels, such as members, where the change is what is looked at.</param>
    public ChartScale(double least, double most, bool fromZero = true)
    {
        if (fromZero)
        {
            (least, most) = (Math.Min(0, least), Math.Max(0, most));
        }

        var step = Round(Math.Max(most - least, 1) / 4);
        _least = Math.Floor(least / step) * step;
        _most = Math.Ceiling(most / step) * step;
        if (_most <= _least)
        {
            _most = _least + step;
        }

        Ticks = [.. Enumerable.Range(0, (int)Math.Round((_most - _least) / step) + 1).Select(i => _least + (i * step))];
    }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Where a value is: 0 at the lowest tick, 1 at the highest.</summary>
    public double Share(double value) => (value - _least) / (_most - _least);

    /// <summary>The next of 1, 2, 5, 10, … at or above; whole, for everything drawn is counted.</summary>
    private static double Round(double step)
    {
        if (step <= 1)
        {
            return 1;
        }

        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));

        return power * (step / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 5 => 5,
            _ => 10,
        };
    }
}

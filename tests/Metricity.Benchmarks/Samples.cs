using System.Globalization;

namespace Metricity.Benchmarks;

/// <summary>Measurements of one thing over the rounds of a run.</summary>
internal sealed class Samples
{
    private readonly List<double> _values = [];

    public IReadOnlyList<double> Values => _values;

    public double Median => Quantile(0.5);

    public double Min => _values.Min();

    public double Max => _values.Max();

    public void Add(double value) => _values.Add(value);

    /// <summary>Nearest rank; <c>Quantile(0.5)</c> of an even number of values is the mean of the two in the middle.</summary>
    public double Quantile(double part)
    {
        var sorted = _values.Order().ToArray();
        if (part == 0.5 && sorted.Length % 2 == 0)
        {
            return (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
        }

        return sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>This over that, round by round: what a noisy machine does to both cancels out.</summary>
    public Samples Over(Samples other)
    {
        var ratios = new Samples();
        foreach (var (mine, theirs) in _values.Zip(other._values))
        {
            ratios.Add(mine / theirs);
        }

        return ratios;
    }

    /// <summary><c>median (least to most)</c>.</summary>
    public string Show(string format) => $"{Text(Median, format)} ({Text(Min, format)} to {Text(Max, format)})";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

using System.Diagnostics.Metrics;
using Metricity.IntegrationTests.Collect;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>
/// What the instruments of one collector say at one moment, under their Prometheus names. Reads the instruments themselves, so that
/// collectors of other tests in this process do not count; that the endpoint gives them these names is ScrapeTests' business.
/// </summary>
internal sealed class Readings
{
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);

    private Readings()
    {
    }

    public static Readings Of(HostedCollector collector)
    {
        var readings = new Readings();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter == collector.Metrics.Meter)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => readings.Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => readings.Add(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();

        return readings;
    }

    /// <summary>
    /// <c>name</c> or <c>name{label="value"}</c>: the sum of all series that have the label. NaN when there is none, or the metric is not
    /// known yet.
    /// </summary>
    public double this[string metric]
    {
        get
        {
            var open = metric.IndexOf('{', StringComparison.Ordinal);
            var name = open < 0 ? metric : metric[..open];
            var label = open < 0 ? "" : metric[(open + 1)..^1];
            var found = _values.Where(pair => pair.Key.StartsWith(name + "{", StringComparison.Ordinal)
                && pair.Key.Contains(label, StringComparison.Ordinal)).ToList();

            return found.Count == 0 ? double.NaN : found.Sum(pair => pair.Value);
        }
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name.Replace('.', '_')
            + instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" }
            + (instrument.GetType().Name.StartsWith("ObservableCounter", StringComparison.Ordinal) ? "_total" : "");
        var labels = string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}=\"{tag.Value}\""));
        _values[$"{name}{{{labels}}}"] = value;
    }
}

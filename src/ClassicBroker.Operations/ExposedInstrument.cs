using System.Diagnostics.Metrics;

namespace ClassicBroker.Operations;

/// <summary>How an instrument is shown to Prometheus; found out once for each. Immutable.</summary>
/// <param name="Family">The family it belongs to.</param>
/// <param name="Suffix">What follows the family's name in that of its samples.</param>
/// <param name="Resource">What a quota limits; null for all other metrics.</param>
internal sealed record ExposedInstrument(MetricFamily Family, string Suffix, string? Resource)
{
    /// <param name="instrument">The instrument.</param>
    /// <param name="families">All families so far by their names; gets a new one where there is none yet.</param>
    public static ExposedInstrument Of(Instrument instrument, IDictionary<string, MetricFamily> families)
    {
        var (family, suffix) = PrometheusNames.Of(instrument);
        var kind = suffix.Length > 0 ? MetricFamily.Summary
            : PrometheusNames.IsCounter(instrument) ? MetricFamily.Counter
            : MetricFamily.Gauge;
        if (!families.TryGetValue(family, out var shown))
        {
            families[family] = shown = new(family, kind, instrument.Description ?? instrument.Name);
        }
        else if (suffix.Length > 0)
        {
            shown.Kind = MetricFamily.Summary;
        }

        return new(shown, suffix, PrometheusNames.QuotaOf(instrument.Name)?.Type);
    }
}

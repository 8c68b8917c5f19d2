using System.Diagnostics.Metrics;

namespace ClassicBroker.Operations;

/// <summary>How an instrument is shown to Prometheus; found out once for each. Immutable.</summary>
/// <param name="Family">The name of the family it belongs to.</param>
/// <param name="Suffix">What follows it in the name of its samples.</param>
/// <param name="Kind">Prometheus' kind of the family.</param>
/// <param name="Help">The family's description.</param>
/// <param name="Resource">What a quota limits; null for all other metrics.</param>
internal sealed record ExposedInstrument(string Family, string Suffix, string Kind, string Help, string? Resource)
{
    public static ExposedInstrument Of(Instrument instrument)
    {
        var (family, suffix) = PrometheusNames.Of(instrument);
        var kind = suffix.Length > 0 ? MetricFamily.Summary
            : PrometheusNames.IsCounter(instrument) ? MetricFamily.Counter
            : MetricFamily.Gauge;
        return new(family, suffix, kind, instrument.Description ?? instrument.Name, PrometheusNames.QuotaOf(instrument.Name)?.Type);
    }
}

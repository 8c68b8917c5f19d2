using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Operations;

/// <summary>
/// The names under which the rules that come with Prometheus' exporter for Java show Kafka's beans, so that dashboards made for these find
/// what they look for. Stateless.
/// </summary>
public static class PrometheusNames
{
    private const string RateSuffix = "PerSec";
    private const string PercentSuffix = "Percent";
    private const string Total = "_total";

    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private static readonly string[] QuotaTypes = ["Produce", "Fetch", "Request", "ControllerMutation"];

    /// <summary>The name of an instrument's family, and what follows it in the name of its samples.</summary>
    public static (string Family, string Suffix) Of(Instrument instrument)
    {
        var name = instrument.Name;
        if (name.EndsWith(HistogramFamily.CountSuffix, StringComparison.Ordinal))
        {
            return (Plain(name[..^HistogramFamily.CountSuffix.Length]), "_count");
        }

        if (name.EndsWith(HistogramFamily.SumSuffix, StringComparison.Ordinal))
        {
            return (Plain(name[..^HistogramFamily.SumSuffix.Length]), "_sum");
        }

        if (QuotaOf(name) is { } quota)
        {
            return ($"kafka_server_quota_{Plain(quota.Attribute)}", "");
        }

        if (IsCounter(instrument))
        {
            var bare = name.EndsWith(RateSuffix, StringComparison.Ordinal) ? name[..^RateSuffix.Length] : name;
            var plain = Plain(bare);
            return (plain.EndsWith(Total, StringComparison.Ordinal) ? plain : plain + Total, "");
        }

        return name.EndsWith(PercentSuffix, StringComparison.Ordinal)
            ? ($"{Plain(name[..^PercentSuffix.Length])}_percent", "")
            : (Plain(name), "");
    }

    /// <summary>The quota beans name what they limit by their type, which becomes a label.</summary>
    public static (string Type, string Attribute)? QuotaOf(string instrument)
    {
        const string Domain = "kafka.server.";
        if (!instrument.StartsWith(Domain, StringComparison.Ordinal))
        {
            return null;
        }

        var rest = instrument[Domain.Length..];
        var dot = rest.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && QuotaTypes.Contains(rest[..dot]) ? (rest[..dot], rest[(dot + 1)..]) : null;
    }

    /// <summary>A label may hold letters, digits and underscores.</summary>
    public static string Label(string tag)
    {
        if (tag == "client-id")
        {
            return "clientId";
        }

        return tag.AsSpan().ContainsAnyExcept(LabelCharacters) ? Cleaned(tag) : tag;
    }

    internal static bool IsCounter(Instrument instrument) =>
        instrument is ObservableCounter<long> or ObservableCounter<int> or ObservableCounter<double>;

    private static string Plain(string name) => Cleaned(name.ToLowerInvariant());

    private static string Cleaned(string name)
    {
        var cleaned = new StringBuilder(name.Length);
        foreach (var character in name)
        {
            cleaned.Append(char.IsAsciiLetterOrDigit(character) ? character : '_');
        }

        return cleaned.ToString();
    }
}

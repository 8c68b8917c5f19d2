using System.Globalization;
using System.Text;

namespace ClassicBroker.Operations;

/// <summary>
/// One metric of an exposition: its name, kind and description, and the samples of it, which Prometheus wants together. Threading: the
/// thread that writes the exposition.
/// </summary>
internal sealed class MetricFamily(string name, string kind, string help)
{
    public const string Counter = "counter";
    public const string Gauge = "gauge";
    public const string Summary = "summary";

    private readonly StringBuilder _samples = new();

    public string Name => name;

    public string Kind { get; set; } = kind;

    /// <param name="suffix">What follows the family's name in that of the sample.</param>
    /// <param name="value">The value.</param>
    /// <param name="tags">Its labels.</param>
    public void Add(string suffix, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        _samples.Append(name).Append(suffix);
        for (var i = 0; i < tags.Length; i++)
        {
            _samples.Append(i == 0 ? '{' : ',').Append(PrometheusNames.Label(tags[i].Key)).Append("=\"");
            Escape(Text(tags[i].Value));
            _samples.Append('"');
        }

        _samples.Append(tags.Length > 0 ? "} " : " ").Append(Text(value)).Append('\n');
    }

    public void WriteTo(StringBuilder text) =>
        text.Append("# HELP ").Append(name).Append(' ')
            .Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace('\n', ' ')).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(Kind).Append('\n')
            .Append(_samples);

    private static string Text(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>Clients choose topics and ids: what would end the label is escaped.</summary>
    private void Escape(string value)
    {
        if (!value.AsSpan().ContainsAny('\\', '"', '\n'))
        {
            _samples.Append(value);
            return;
        }

        foreach (var character in value)
        {
            _ = character switch
            {
                '\\' => _samples.Append("\\\\"),
                '"' => _samples.Append("\\\""),
                '\n' => _samples.Append("\\n"),
                _ => _samples.Append(character),
            };
        }
    }
}

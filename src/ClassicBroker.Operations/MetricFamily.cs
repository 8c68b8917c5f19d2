using System.Globalization;
using System.Text;

namespace ClassicBroker.Operations;

/// <summary>
/// One metric of expositions: its name, kind and description, and its samples in the one that is being written, which Prometheus wants
/// together. Threading: the thread that writes the exposition.
/// </summary>
internal sealed class MetricFamily(string name, string kind, string help)
{
    public const string Counter = "counter";
    public const string Gauge = "gauge";
    public const string Summary = "summary";

    /// <summary>Whole numbers that doubles hold as such, and write without an exponent.</summary>
    private const double WholeMax = 1e15;

    private readonly Utf8Text _samples = new();
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);

    public string Name => name;

    public string Kind { get; set; } = kind;

    /// <param name="suffix">What follows the family's name in that of the sample.</param>
    /// <param name="value">The value.</param>
    /// <param name="tags">Its labels.</param>
    public void Add(string suffix, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        _samples.Append(_name).Append(suffix);
        for (var i = 0; i < tags.Length; i++)
        {
            _samples.Append(i == 0 ? (byte)'{' : (byte)',').Append(PrometheusNames.Label(tags[i].Key)).Append("=\""u8);
            Append(tags[i].Value);
            _samples.Append((byte)'"');
        }

        _samples.Append(tags.Length > 0 ? "} "u8 : " "u8);
        Append(value);
        _samples.Append((byte)'\n');
    }

    /// <summary>Writes the samples down; a family without any is left out.</summary>
    public void WriteTo(Utf8Text text)
    {
        if (_samples.Length == 0)
        {
            return;
        }

        text.Append("# HELP "u8).Append(_name).Append((byte)' ')
            .Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace('\n', ' ')).Append((byte)'\n')
            .Append("# TYPE "u8).Append(_name).Append((byte)' ').Append(Kind).Append((byte)'\n')
            .Append(_samples.Written);
    }

    /// <summary>Ends the exposition for this family.</summary>
    public void Forget() => _samples.Clear();

    /// <summary>Most values are whole numbers, which need no string of their own.</summary>
    private void Append(double value)
    {
        if (Math.Abs(value) < WholeMax && value == Math.Truncate(value))
        {
            _samples.Append((long)value);
            return;
        }

        if (double.IsInfinity(value))
        {
            _samples.Append(value > 0 ? "+Inf"u8 : "-Inf"u8);
            return;
        }

        _samples.Append(value);
    }

    private void Append(object? value)
    {
        if (value is int number)
        {
            _samples.Append(number);
            return;
        }

        Escape(value as string ?? Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
    }

    /// <summary>Clients choose topics and ids: what would end the label is escaped.</summary>
    private void Escape(string value)
    {
        if (!value.AsSpan().ContainsAny('\\', '"', '\n'))
        {
            _samples.Append(value);
            return;
        }

        _samples.Append(
            value.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal));
    }
}

using System.Globalization;

namespace ClassicBroker.Operations.Otlp;

/// <summary>Where one signal of OTLP goes, and how. Immutable.</summary>
/// <param name="Url">Of <c>http</c> or <c>https</c>, with its path.</param>
/// <param name="Headers">Fields beside the usual ones, such as a key of the collector.</param>
/// <param name="Timeout">For one request.</param>
/// <param name="IsCompressed">Whether bodies are compressed by gzip.</param>
/// <param name="CertificateFile">PEM of whom to trust; null for the system's store.</param>
public sealed record OtlpEndpoint(
    string Url, IReadOnlyList<(string Name, string Value)> Headers, TimeSpan Timeout, bool IsCompressed, string? CertificateFile)
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";

    /// <summary>Where collectors listen, for variables that name no address.</summary>
    private const string DefaultUrl = "http://localhost:4318";

    /// <param name="variable">The environment.</param>
    /// <param name="signal">The signal, as it stands in names of variables; these beat the ones of all signals.</param>
    /// <param name="path">What follows the address of all signals.</param>
    /// <exception cref="FormatException">A variable is wrong; the message names it.</exception>
    public static OtlpEndpoint Read(Func<string, string?> variable, string signal, string path)
    {
        RequireProtocol();
        var own = variable($"{Prefix}{signal}_ENDPOINT");
        var url = string.IsNullOrEmpty(own) ? $"{(Value("ENDPOINT").Text ?? DefaultUrl).TrimEnd('/')}/{path}" : own;
        var timeout = Value("TIMEOUT");
        var compression = Value("COMPRESSION");
        var headers = Value("HEADERS");
        return new OtlpEndpoint(
            url,
            [.. Pairs(headers.Name, headers.Text).Select(pair => (pair.Key, pair.Value))],
            TimeSpan.FromMilliseconds(timeout.Text is null ? 10_000 : Number(timeout.Name, timeout.Text)),
            compression.Text switch
            {
                null or "none" => false,
                "gzip" => true,
                var other => throw new FormatException($"{compression.Name}={other} is neither gzip nor none"),
            },
            Value("CERTIFICATE").Text);

        (string Name, string? Text) Value(string name)
        {
            var (ofSignal, ofAll) = ($"{Prefix}{signal}_{name}", $"{Prefix}{name}");
            return variable(ofSignal) is { Length: > 0 } text ? (ofSignal, text)
                : variable(ofAll) is { Length: > 0 } shared ? (ofAll, shared)
                : (ofAll, null);
        }

        void RequireProtocol()
        {
            var protocol = Value("PROTOCOL");
            if (protocol.Text is not (null or "http/protobuf"))
            {
                throw new FormatException($"{protocol.Name}={protocol.Text} is not spoken here: only http/protobuf is, which collectors take at port 4318");
            }
        }
    }

    /// <summary><c>key=value,…</c> with values as URLs have them.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Pairs(string name, string? text)
    {
        foreach (var pair in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            yield return equals > 0
                ? KeyValuePair.Create(pair[..equals].Trim(), Uri.UnescapeDataString(pair[(equals + 1)..].Trim()))
                : throw new FormatException($"{name} has a part without a name and an equals sign");
        }
    }

    /// <exception cref="FormatException">It is no number above 0.</exception>
    internal static int Number(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{name}={text} is no number above 0");
}

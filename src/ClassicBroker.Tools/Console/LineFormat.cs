using System.Text;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.Console;

/// <summary>
/// How a line of the console producer's input falls apart: <c>headers⇥key⇥value</c>, each part but the value only where asked for
/// (KIP-798). Immutable.
/// </summary>
internal sealed class LineFormat
{
    private readonly bool _parsesKey;
    private readonly bool _parsesHeaders;
    private readonly bool _ignoresErrors;
    private readonly string _keySeparator;
    private readonly string _headersDelimiter;
    private readonly string _headersSeparator;
    private readonly string _headersKeySeparator;
    private readonly string? _nullMarker;

    /// <param name="properties">The reader's properties: <c>parse.key</c>, <c>key.separator</c> and so on.</param>
    /// <exception cref="JavaFailure">Separators that must differ are equal.</exception>
    public LineFormat(IReadOnlyDictionary<string, string> properties)
    {
        _parsesKey = IsTrue(properties, "parse.key");
        _parsesHeaders = IsTrue(properties, "parse.headers");
        _ignoresErrors = IsTrue(properties, "ignore.error");
        _keySeparator = properties.GetValueOrDefault("key.separator", "\t");
        _headersDelimiter = properties.GetValueOrDefault("headers.delimiter", "\t");
        _headersSeparator = properties.GetValueOrDefault("headers.separator", ",");
        _headersKeySeparator = properties.GetValueOrDefault("headers.key.separator", ":");
        _nullMarker = properties.GetValueOrDefault("null.marker");
        Distinct("headers.delimiter", _headersDelimiter, "headers.separator", _headersSeparator);
        Distinct("headers.delimiter", _headersDelimiter, "headers.key.separator", _headersKeySeparator);
        Distinct("headers.separator", _headersSeparator, "headers.key.separator", _headersKeySeparator);
        if (_nullMarker is not null)
        {
            Distinct("null.marker", _nullMarker, "key.separator", _keySeparator);
            Distinct("null.marker", _nullMarker, "headers.delimiter", _headersDelimiter);
            Distinct("null.marker", _nullMarker, "headers.separator", _headersSeparator);
            Distinct("null.marker", _nullMarker, "headers.key.separator", _headersKeySeparator);
        }
    }

    /// <exception cref="JavaFailure">A part is missing and <c>ignore.error</c> is off.</exception>
    public InputRecord Parse(string line, long lineNumber)
    {
        var headers = Part(_parsesHeaders, line, 0, _headersDelimiter, "headers delimiter", lineNumber);
        var keyStart = headers is null ? 0 : headers.Length + _headersDelimiter.Length;
        var key = Part(_parsesKey, line, keyStart, _keySeparator, "key separator", lineNumber);
        var valueStart = keyStart + (key is null ? 0 : key.Length + _keySeparator.Length);
        return new InputRecord(
            Bytes(key),
            Bytes(line[valueStart..]),
            headers is null || headers == _nullMarker ? null : Headers(headers, lineNumber));
    }

    private static bool IsTrue(IReadOnlyDictionary<string, string> properties, string key) =>
        properties.TryGetValue(key, out var text) && text.Trim().Equals("true", StringComparison.OrdinalIgnoreCase);

    private static void Distinct(string leftKey, string left, string rightKey, string right)
    {
        if (left == right)
        {
            throw Wrong($"{leftKey} and {rightKey} may not be equal");
        }
    }

    private string? Part(bool isWanted, string line, int start, string separator, string name, long lineNumber)
    {
        if (!isWanted)
        {
            return null;
        }

        var end = line.IndexOf(separator, start, StringComparison.Ordinal);
        if (end >= 0)
        {
            return line[start..end];
        }

        return _ignoresErrors ? null : throw Wrong($"No {name} found on line number {lineNumber}: '{line}'");
    }

    private RecordHeader[] Headers(string text, long lineNumber) =>
        text.Split(_headersSeparator).Select(pair => Header(pair, lineNumber)).ToArray();

    private RecordHeader Header(string pair, long lineNumber)
    {
        var separator = pair.IndexOf(_headersKeySeparator, StringComparison.Ordinal);
        if (separator < 0)
        {
            return _ignoresErrors
                ? new RecordHeader(pair, null)
                : throw Wrong($"No header key separator found in pair '{pair}' on line number {lineNumber}");
        }

        var key = pair[..separator];
        if (key == _nullMarker)
        {
            throw Wrong($"Header keys should not be equal to the null marker '{_nullMarker}' as they can't be null");
        }

        var value = Bytes(pair[(separator + _headersKeySeparator.Length)..]);
        return new RecordHeader(key, value is null ? (ReadOnlyMemory<byte>?)null : value);
    }

    private static JavaFailure Wrong(string message) => new("org.apache.kafka.common.KafkaException", message);

    private byte[]? Bytes(string? text) => text is null || text == _nullMarker ? null : Encoding.UTF8.GetBytes(text);
}

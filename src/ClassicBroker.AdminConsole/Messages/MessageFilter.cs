using System.Text;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Records;

namespace ClassicBroker.AdminConsole.Messages;

/// <summary>
/// Which records a user wants to see: those whose key, value and headers hold the given texts, and that meet the conditions of an
/// expression. Compares bytes, so that case counts and binary data can be searched. Immutable.
/// </summary>
internal sealed class MessageFilter
{
    private readonly byte[]? _key;
    private readonly byte[]? _value;
    private readonly byte[]? _header;
    private readonly MessageExpression? _expression;

    /// <exception cref="ApiException">The expression is malformed.</exception>
    public MessageFilter(string? key, string? value, string? header, string? expression, bool showControl)
    {
        (_key, _value, _header) = (Bytes(key), Bytes(value), Bytes(header));
        _expression = expression is null ? null : MessageExpression.Parse(expression);
        ShowsControl = showControl && IsOpen;
    }

    /// <summary>Whether markers of transactions are shown: only where nothing is searched for.</summary>
    public bool ShowsControl { get; }

    /// <summary>Whether every record passes.</summary>
    public bool IsOpen => _key is null && _value is null && _header is null && _expression is null;

    public bool Passes(in Record record) =>
        Holds(record.Key, _key) && Holds(record.Value, _value) && HasHeader(record) && (_expression?.IsTrueOf(record) ?? true);

    private static bool Holds(NullableBytes bytes, byte[]? wanted) => wanted is null || (!bytes.IsNull && bytes.Span.IndexOf(wanted) >= 0);

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private bool HasHeader(in Record record)
    {
        if (_header is null)
        {
            return true;
        }

        foreach (var header in record.Headers)
        {
            if (header.KeyUtf8.IndexOf(_header) >= 0 || Holds(header.Value, _header))
            {
                return true;
            }
        }

        return false;
    }
}

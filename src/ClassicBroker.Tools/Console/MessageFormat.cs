using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.Console;

/// <summary>
/// How the console consumer prints a record (DefaultMessageFormatter): the parts asked for, in their order, with separators between and
/// behind. Writes bytes as they are where no deserializer was named. Used by one tool.
/// </summary>
internal sealed class MessageFormat : IRecordFormat
{
    private readonly bool _printsTimestamp;
    private readonly bool _printsPartition;
    private readonly bool _printsOffset;
    private readonly bool _printsHeaders;
    private readonly bool _printsKey;
    private readonly bool _printsValue;
    private readonly byte[] _keySeparator;
    private readonly byte[] _lineSeparator;
    private readonly byte[] _headersSeparator;
    private readonly byte[] _nullLiteral;
    private readonly Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> _key;
    private readonly Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> _value;
    private readonly Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> _header;

    /// <param name="properties">The formatter's properties: <c>print.key</c>, <c>key.separator</c> and so on.</param>
    /// <exception cref="ToolException">A deserializer is not known.</exception>
    public MessageFormat(IReadOnlyDictionary<string, string> properties)
    {
        _printsTimestamp = IsTrue("print.timestamp", @default: false);
        _printsPartition = IsTrue("print.partition", @default: false);
        _printsOffset = IsTrue("print.offset", @default: false);
        _printsHeaders = IsTrue("print.headers", @default: false);
        _printsKey = IsTrue("print.key", @default: false);
        _printsValue = IsTrue("print.value", @default: true);
        _keySeparator = Text("key.separator", "\t");
        _lineSeparator = Text("line.separator", "\n");
        _headersSeparator = Text("headers.separator", ",");
        _nullLiteral = Text("null.literal", "null");
        _key = TextDeserializer.Find(properties.GetValueOrDefault("key.deserializer"));
        _value = TextDeserializer.Find(properties.GetValueOrDefault("value.deserializer"));
        _header = TextDeserializer.Find(properties.GetValueOrDefault("headers.deserializer"));

        bool IsTrue(string key, bool @default) =>
            properties.TryGetValue(key, out var text) ? text.Trim().Equals("true", StringComparison.OrdinalIgnoreCase) : @default;

        byte[] Text(string key, string @default) => Encoding.UTF8.GetBytes(properties.GetValueOrDefault(key, @default));
    }

    public void Write(in ConsumerRecord<byte[]?, byte[]?> record, Stream output)
    {
        var left = Count();
        if (_printsTimestamp)
        {
            Put(output, record.TimestampType == TimestampType.NoTimestampType
                ? "NO_TIMESTAMP"
                : $"{record.TimestampType}:{record.TimestampMs}");
            End(output, ref left);
        }

        if (_printsPartition)
        {
            Put(output, $"Partition:{record.Partition}");
            End(output, ref left);
        }

        if (_printsOffset)
        {
            Put(output, $"Offset:{record.Offset}");
            End(output, ref left);
        }

        if (_printsHeaders)
        {
            PutHeaders(output, record.Headers);
            End(output, ref left);
        }

        if (_printsKey)
        {
            Put(output, record.Key, _key);
            End(output, ref left);
        }

        if (_printsValue)
        {
            Put(output, record.Value, _value);
            End(output, ref left);
        }
    }

    private int Count() =>
        (_printsTimestamp ? 1 : 0) + (_printsPartition ? 1 : 0) + (_printsOffset ? 1 : 0)
        + (_printsHeaders ? 1 : 0) + (_printsKey ? 1 : 0) + (_printsValue ? 1 : 0);

    private void End(Stream output, ref int left) => output.Write(--left > 0 ? _keySeparator : _lineSeparator);

    private void PutHeaders(Stream output, IReadOnlyList<RecordHeader> headers)
    {
        if (headers.Count == 0)
        {
            Put(output, "NO_HEADERS");
            return;
        }

        for (var i = 0; i < headers.Count; i++)
        {
            if (i > 0)
            {
                output.Write(_headersSeparator);
            }

            Put(output, headers[i].Key + ":");
            if (headers[i].Value is { } value)
            {
                output.Write(_header(value).Span);
            }
            else
            {
                output.Write(_nullLiteral);
            }
        }
    }

    private void Put(Stream output, byte[]? bytes, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> deserializer) =>
        output.Write(bytes is null ? _nullLiteral : deserializer(bytes).Span);

    private static void Put(Stream output, string text) => output.Write(Encoding.UTF8.GetBytes(text));
}

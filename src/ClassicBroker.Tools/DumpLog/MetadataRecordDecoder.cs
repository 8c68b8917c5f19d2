using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Tools.Coordinators;
using ClassicBroker.Tools.DumpLog.MetadataRecords;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>
/// Decodes records in the frame of metadata: those of KRaft's log (<c>--cluster-metadata-decoder</c>) and of tiered storage's topic
/// (<c>--remote-log-metadata-decoder</c>). What cannot be read is told in its place. Stateless.
/// </summary>
/// <remarks>
/// <code>
/// frame version  uvarint   1
/// type           uvarint   the id of its schema
/// version        uvarint   of the record
/// record
/// </code>
/// </remarks>
internal sealed class MetadataRecordDecoder : IRecordDecoder
{
    private const uint FrameVersion = 1;

    private const string FrameVersionName = "frame version";

    private readonly IReadOnlyDictionary<short, RecordSchema> _schemas;
    private readonly Func<RecordSchema, short, ParsedFields, string> _show;

    /// <summary>How the message about a record that cannot be read names its place.</summary>
    private readonly string _place;

    /// <summary>Why a record without a value cannot be read.</summary>
    private readonly string _withoutValue;

    private MetadataRecordDecoder(
        IReadOnlyDictionary<short, RecordSchema> schemas,
        Func<RecordSchema, short, ParsedFields, string> show,
        string place,
        string withoutValue) =>
        (_schemas, _show, _place, _withoutValue) = (schemas, show, place, withoutValue);

    public static MetadataRecordDecoder OfCluster { get; } =
        new(KraftSchemas.Records, Json, "at", $"Error while reading {FrameVersionName}");

    public static MetadataRecordDecoder OfRemoteLogs { get; } = new(
        RemoteLogSchemas.Records,
        static (schema, _, fields) => RemoteLogText.Of(schema, fields),
        "at offset",
        "Cannot invoke \"java.nio.ByteBuffer.remaining()\" because the return value of "
            + "\"org.apache.kafka.common.record.Record.value()\" is null");

    public (string? Key, string? Payload) Decode(in Record record)
    {
        try
        {
            return (null, record.Value.IsNull ? Skipped(record, _withoutValue) : Payload(record.Value.Span));
        }
        catch (MalformedDataException malformed)
        {
            return (null, Skipped(record, malformed.Message));
        }
    }

    private static string Json(RecordSchema schema, short version, ParsedFields fields) => CoordinatorJson.Write(json =>
    {
        json.WriteString("type", schema.Name);
        json.WriteNumber("version", version);
        json.WriteStartObject("data");
        RecordFieldJson.Write(json, fields);
        json.WriteEndObject();
    });

    private static short ReadNumber(ref SpanReader reader, string entity)
    {
        uint number;
        try
        {
            number = reader.ReadUnsignedVarint();
        }
        catch (MalformedDataException)
        {
            throw new MalformedDataException($"Error while reading {entity}");
        }

        // Java reads a signed number, of which a negative one passes and loses its upper half.
        return (int)number <= short.MaxValue ? (short)number : throw new MalformedDataException($"Value for {entity} was too large.");
    }

    private string Skipped(in Record record, string reason) => $"Error {_place} {record.Offset}, skipping. {reason}";

    private string Payload(ReadOnlySpan<byte> value)
    {
        var reader = new SpanReader(value);
        var frame = ReadNumber(ref reader, FrameVersionName);
        if (frame == 0)
        {
            throw new MalformedDataException(
                "Could not deserialize metadata record with frame version 0. "
                + "Note that upgrades from the preview release of KRaft in 2.8 to newer versions are not supported.");
        }

        if (frame != FrameVersion)
        {
            throw new MalformedDataException(
                $"Could not deserialize metadata record due to unknown frame version {frame}(only frame version {FrameVersion} is supported)");
        }

        var id = ReadNumber(ref reader, "type");
        var version = ReadNumber(ref reader, "version");
        if (!_schemas.TryGetValue(id, out var schema))
        {
            throw new MalformedDataException($"org.apache.kafka.common.errors.UnsupportedVersionException: Unknown metadata id {id}");
        }

        ParsedFields fields;
        try
        {
            fields = RecordFieldReader.Read(ref reader, schema, version);
        }
        catch (MalformedDataException)
        {
            throw new MalformedDataException($"Failed to deserialize record with type {id}");
        }

        return reader.Remaining == 0
            ? _show(schema, version, fields)
            : throw new MalformedDataException($"Found {reader.Remaining} byte(s) of garbage after {id}");
    }
}

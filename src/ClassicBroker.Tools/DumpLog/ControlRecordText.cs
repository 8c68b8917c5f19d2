using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Tools.Coordinators;
using ClassicBroker.Tools.DumpLog.MetadataRecords;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>
/// What a dump says of a control record: markers of transactions, and what KRaft writes into its log and snapshots. Stateless.
/// </summary>
internal static class ControlRecordText
{
    private const short LeaderChange = 2;

    /// <exception cref="InvalidRecordException">The record is cut short.</exception>
    public static string Of(in Record record)
    {
        var type = ControlRecord.ParseType(record.Key);
        if (type != ControlRecordType.Unknown)
        {
            return $"endTxnMarker: {type.ToString().ToUpperInvariant()} coordinatorEpoch: {EndTransactionMarker.Read(record).CoordinatorEpoch}";
        }

        var number = BinaryPrimitives.ReadInt16BigEndian(record.Key.Span[sizeof(short)..]);
        return KraftSchemas.Controls.TryGetValue(number, out var schema)
            ? $"{schema.Name} {Json(schema, record)}"
            : $"controlType: {(number == LeaderChange ? "LEADER_CHANGE" : "UNKNOWN")}({number})";
    }

    private static string Json(RecordSchema schema, in Record record)
    {
        try
        {
            var reader = new SpanReader(record.Value.Span);
            var fields = RecordFieldReader.Read(ref reader, schema, 0);
            return CoordinatorJson.Write(json => RecordFieldJson.Write(json, fields));
        }
        catch (MalformedDataException malformed)
        {
            throw new InvalidRecordException($"Invalid value of a {schema.Name} record: {malformed.Message}");
        }
    }
}

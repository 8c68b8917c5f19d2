using System.Text;
using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Tools.Console;

namespace ClassicBroker.Tools.Coordinators;

/// <summary>
/// Shows the coordinators' records of one kind as lines of JSON, and passes over the others of their topic (OffsetsMessageFormatter and its
/// like). A record that marks a deletion has the value null. Stateless.
/// </summary>
internal sealed class CoordinatorFormat(CoordinatorRecordKind kind) : IRecordFormat
{
    private const short LastOffsetKey = 1;
    private const short GroupKey = 2;
    private const short TransactionKey = 0;
    private const short LastValue = 3;
    private const short LastTransactionValue = 1;
    private const int VersionLength = sizeof(short);

    public void Write(in ConsumerRecord<byte[]?, byte[]?> record, Stream output)
    {
        if (record.Key is not { Length: >= VersionLength } key || !IsOurs(CoordinatorJson.Version(key)))
        {
            return;
        }

        var value = record.Value;
        try
        {
            var line = CoordinatorJson.Write(json =>
            {
                WritePart(json, "key", key, isKnown: true, WriteKey);
                if (value is null)
                {
                    json.WriteNull("value");
                }
                else
                {
                    WritePart(json, "value", value, CoordinatorJson.Version(value) is >= 0 and var version
                        && version <= LastVersion, WriteValue);
                }
            });
            output.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (Exception malformed) when (malformed is MalformedDataException or ArgumentOutOfRangeException)
        {
            throw new ToolException(
                $"Record at offset {record.Offset} of {record.TopicPartition} is malformed: {malformed.Message}", malformed);
        }
    }

    private short LastVersion => kind == CoordinatorRecordKind.Transaction ? LastTransactionValue : LastValue;

    private bool IsOurs(short keyVersion) =>
        kind switch
        {
            CoordinatorRecordKind.Offset => keyVersion is >= 0 and <= LastOffsetKey,
            CoordinatorRecordKind.Group => keyVersion == GroupKey,
            _ => keyVersion == TransactionKey,
        };

    private static void WritePart(Utf8JsonWriter json, string name, byte[] bytes, bool isKnown, Action<Utf8JsonWriter, byte[]> writeData)
    {
        json.WriteStartObject(name);
        json.WriteNumber("version", CoordinatorJson.Version(bytes));
        if (isKnown)
        {
            json.WriteStartObject("data");
            writeData(json, bytes);
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("data", "unknown");
        }

        json.WriteEndObject();
    }

    private void WriteKey(Utf8JsonWriter json, byte[] bytes)
    {
        switch (kind)
        {
            case CoordinatorRecordKind.Offset:
                OffsetsJson.WriteKey(json, CoordinatorJson.Read<OffsetCommitKey>(bytes));
                break;
            case CoordinatorRecordKind.Group:
                json.WriteString("group", CoordinatorJson.Read<GroupMetadataKey>(bytes).Group);
                break;
            default:
                json.WriteString("transactionalId", CoordinatorJson.Read<TransactionLogKey>(bytes).TransactionalId);
                break;
        }
    }

    private void WriteValue(Utf8JsonWriter json, byte[] bytes)
    {
        var version = CoordinatorJson.Version(bytes);
        switch (kind)
        {
            case CoordinatorRecordKind.Offset:
                OffsetsJson.WriteOffset(json, CoordinatorJson.Read<OffsetCommitValue>(bytes), version);
                break;
            case CoordinatorRecordKind.Group:
                OffsetsJson.WriteGroup(json, CoordinatorJson.Read<GroupMetadataValue>(bytes), version, showsSubscriptions: false);
                break;
            default:
                TransactionsJson.WriteValue(json, CoordinatorJson.Read<TransactionLogValue>(bytes));
                break;
        }
    }
}

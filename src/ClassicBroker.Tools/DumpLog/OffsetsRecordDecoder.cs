using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Tools.Coordinators;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>
/// Decodes records of <c>__consumer_offsets</c>: committed offsets and groups. Unknown keys print neither part.
/// Stateless.
/// </summary>
internal sealed class OffsetsRecordDecoder : IRecordDecoder
{
    private const short LastOffsetKey = 1;
    private const short GroupKey = 2;
    private const string Deleted = "<DELETE>";

    public (string? Key, string? Payload) Decode(in Record record)
    {
        if (record.Key.IsNull)
        {
            return (null, null);
        }

        var keyVersion = CoordinatorJson.Version(record.Key);
        if (keyVersion <= LastOffsetKey)
        {
            var key = CoordinatorJson.Read<OffsetCommitKey>(record.Key);
            return (
                CoordinatorJson.Write("type", keyVersion, json => OffsetsJson.WriteKey(json, key)),
                record.Value.IsNull ? Deleted : Offset(record));
        }

        if (keyVersion != GroupKey)
        {
            return (null, null);
        }

        var group = CoordinatorJson.Read<GroupMetadataKey>(record.Key);
        return (
            CoordinatorJson.Write("type", keyVersion, json => json.WriteString("group", group.Group)),
            record.Value.IsNull ? Deleted : Group(record));
    }

    private static string Offset(in Record record)
    {
        var version = CoordinatorJson.Version(record.Value);
        var value = CoordinatorJson.Read<OffsetCommitValue>(record.Value);
        return CoordinatorJson.Write("version", version, json => OffsetsJson.WriteOffset(json, value, version));
    }

    private static string Group(in Record record)
    {
        var version = CoordinatorJson.Version(record.Value);
        var value = CoordinatorJson.Read<GroupMetadataValue>(record.Value);
        return CoordinatorJson.Write(
            "version", version, json => OffsetsJson.WriteGroup(json, value, version, showsSubscriptions: true));
    }
}

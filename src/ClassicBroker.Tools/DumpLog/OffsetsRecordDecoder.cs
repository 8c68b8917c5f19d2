using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Tools.Coordinators;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>
/// Decodes records of <c>__consumer_offsets</c>: committed offsets and groups. Tombstones and unknown keys print neither part.
/// Stateless.
/// </summary>
internal sealed class OffsetsRecordDecoder : IRecordDecoder
{
    private const short LastOffsetKey = 1;
    private const short GroupKey = 2;

    public (string? Key, string? Payload) Decode(in Record record)
    {
        if (record.Key.IsNull || record.Value.IsNull)
        {
            return (null, null);
        }

        var keyVersion = CoordinatorJson.Version(record.Key);
        var valueVersion = CoordinatorJson.Version(record.Value);
        if (keyVersion <= LastOffsetKey)
        {
            var key = CoordinatorJson.Read<OffsetCommitKey>(record.Key);
            var value = CoordinatorJson.Read<OffsetCommitValue>(record.Value);
            return (
                CoordinatorJson.Write("type", keyVersion, json => OffsetsJson.WriteKey(json, key)),
                CoordinatorJson.Write("version", valueVersion, json => OffsetsJson.WriteOffset(json, value, valueVersion)));
        }

        if (keyVersion != GroupKey)
        {
            return (null, null);
        }

        var group = CoordinatorJson.Read<GroupMetadataKey>(record.Key);
        var metadata = CoordinatorJson.Read<GroupMetadataValue>(record.Value);
        return (
            CoordinatorJson.Write("type", keyVersion, json => json.WriteString("group", group.Group)),
            CoordinatorJson.Write(
                "version", valueVersion, json => OffsetsJson.WriteGroup(json, metadata, valueVersion, showsSubscriptions: true)));
    }
}

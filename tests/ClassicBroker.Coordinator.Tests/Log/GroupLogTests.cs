using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Coordinator.Log;
using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Metadata;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Tests.Log;

/// <summary>Records as Kafka writes them, held against segments it wrote.</summary>
public sealed class GroupLogTests
{
    private const short GroupKeyVersion = 2;

    public static TheoryData<string> Segments => [GoldenLog.Groups, GoldenLog.Retention];

    [Theory]
    [MemberData(nameof(Segments))]
    public void Every_record_of_kafka_is_what_we_would_write(string segment)
    {
        var versions = RecordVersions.Of(MetadataVersions.Latest);
        var (groups, offsets) = (0, 0);
        foreach (var (baseSequence, key, value) in CoordinatorHarness.RecordsOf(GoldenLog.Read(segment)))
        {
            if (VersionedMessage.PeekVersion(key) == GroupKeyVersion)
            {
                var id = VersionedMessage.Decode<GroupMetadataKey>(key).Group;
                Assert.Equal(key, GroupRecords.GroupKey(id));
                Assert.Equal(-1, baseSequence);
                if (value is not null)
                {
                    var group = GroupRecords.ToGroup(id, VersionedMessage.Decode<GroupMetadataValue>(value), new GroupPartition(0));
                    var assignments = group.Members.ToDictionary(member => member.Id, member => member.Assignment);
                    Assert.Equal(Convert.ToHexString(value), Convert.ToHexString(GroupRecords.GroupValue(group, assignments, versions)));
                }

                groups++;
                continue;
            }

            var offset = VersionedMessage.Decode<OffsetCommitKey>(key);
            Assert.Equal(key, GroupRecords.OffsetKey(offset.Group, new(offset.Topic, offset.Partition)));
            Assert.Equal(value is null ? -1 : 0, baseSequence < 0 ? -1 : 0);
            if (value is not null)
            {
                var committed = GroupRecords.ToOffset(VersionedMessage.Decode<OffsetCommitValue>(value));
                Assert.Equal(Convert.ToHexString(value), Convert.ToHexString(GroupRecords.OffsetValue(committed, versions)));
            }

            offsets++;
        }

        Assert.True(groups > 0 && offsets > 0);
    }

    [Fact]
    public void Batches_begin_with_the_sequences_kafka_gives_them()
    {
        var broker = CoordinatorHarness.Leading();
        var member = broker.Stable();
        broker.Time.Await(broker.Commit(1, member, 1));
        broker.Leave(member);
        broker.Coordinator.Administration.Delete("g");
        Assert.Equal([-1, 0, -1, -1, -1], broker.Records().Select(record => record.BaseSequence));
    }

    [Theory]
    [InlineData(MetadataVersion.IBP_0_10_0_IV1, 0, 1)]
    [InlineData(MetadataVersion.IBP_0_10_1_IV0, 1, 1)]
    [InlineData(MetadataVersion.IBP_2_1_IV0, 2, 2)]
    [InlineData(MetadataVersion.IBP_2_1_IV1, 2, 3)]
    [InlineData(MetadataVersion.IBP_2_3_IV0, 3, 3)]
    [InlineData(MetadataVersion.IBP_3_9_IV0, 3, 3)]
    public void Versions_are_those_every_broker_of_the_cluster_reads(MetadataVersion interBroker, short group, short offset)
    {
        var versions = RecordVersions.Of(interBroker);
        Assert.Equal((group, offset), (versions.Group, versions.Of(new(1, -1, "", 0, CommittedOffset.NoExpiration))));
        Assert.Equal(1, versions.Of(new(1, -1, "", 0, 5)));
    }
}

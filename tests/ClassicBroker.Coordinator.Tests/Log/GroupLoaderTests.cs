using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Coordinator.Log;
using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Coordinator.Tests.Log;

/// <summary>What a partition's records come to for the broker that begins to lead it.</summary>
public sealed class GroupLoaderTests
{
    private static readonly RecordVersions Versions = new(3, 3);

    private static byte[] Batch(Action<RecordBatchBuilder> fill, long baseOffset = 0, long producerId = -1)
    {
        using var builder = new RecordBatchBuilder { BaseOffset = baseOffset, PartitionLeaderEpoch = 0 };
        if (producerId >= 0)
        {
            (builder.ProducerId, builder.ProducerEpoch, builder.BaseSequence, builder.IsTransactional) = (producerId, 0, 0, true);
        }

        fill(builder);
        return builder.Build().ToArray();
    }

    private static void AddOffset(RecordBatchBuilder batch, long offset, string topic = "t") =>
        batch.Append(
            1, GroupRecords.OffsetKey("g", new(topic, 0)), GroupRecords.OffsetValue(new(offset, -1, "m", 7, -1), Versions));

    /// <summary>A broker that begins to lead a partition with these batches.</summary>
    private static CoordinatorHarness Loaded(
        byte[] log, Func<GroupCoordinatorSettings, GroupCoordinatorSettings>? adjust = null)
    {
        var broker = new CoordinatorHarness(adjust);
        broker.Follow(0);
        broker.Store(log);
        broker.Lead(1);
        broker.Time.RunUntilIdle();
        return broker;
    }

    /// <summary>The groups Kafka listed after it had loaded the same log.</summary>
    [Fact]
    public void What_kafka_wrote_is_loaded()
    {
        var broker = Loaded(GoldenLog.Read(GoldenLog.Groups), settings => settings with { LoadBufferSize = 1_000 });
        broker.Coordinator.Administration.List([], [], out var groups);
        Assert.Equal(
            "brand-new::Empty connect-like:connect:Empty pending-group::Empty raw-v4:consumer:Empty raw-v5:consumer:Empty "
            + "raw-v6:consumer:Empty raw-v7:consumer:Empty raw-v8:consumer:Empty raw-v9:consumer:Empty simple-v2::Empty",
            string.Join(' ', groups.Select(group => $"{group.GroupId}:{group.ProtocolType}:{group.GroupState}")));
        Assert.Equal(ErrorCode.None, broker.Coordinator.Offsets.Fetch("raw-v9", null, false, out var offsets));
        Assert.Equal(new FetchedOffset(new("g", 0), 1, 0, "meta", ErrorCode.None), Assert.Single(offsets));
    }

    [Fact]
    public void Members_that_were_stable_are_again_and_their_sessions_begin_anew()
    {
        var broker = CoordinatorHarness.Leading();
        var member = broker.Stable();
        broker.Time.Await(broker.Commit(3, member, 1));
        broker.Follow(1);
        broker.Lead(2);
        Assert.Equal(ErrorCode.None, broker.Heartbeat(member, 1));
        var sync = broker.Coordinator.Membership.SyncAsync(new() { GroupId = "g", MemberId = member, GenerationId = 1 }).AsTask();
        Assert.True(sync.IsCompletedSuccessfully);
        Assert.Equal(ErrorCode.RebalanceInProgress, sync.GetAwaiter().GetResult().Error);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, broker.Coordinator.Administration.List([], [], out _));
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, broker.Coordinator.Administration.Describe("g").ErrorCode);
        broker.Time.RunUntilIdle();

        Assert.Equal("Stable", broker.StateOf());
        Assert.Equal([1], broker.Time.Await(broker.Sync(member, 1)).Assignment);
        Assert.Equal(3, broker.Fetch().Offset);
        broker.Time.AdvanceMs(9_999);
        Assert.Equal("Stable", broker.StateOf());
        broker.Time.AdvanceMs(1);
        Assert.Equal("Empty", broker.StateOf());
    }

    [Fact]
    public void A_loaded_group_above_the_size_limit_rebalances()
    {
        var broker = CoordinatorHarness.Leading();
        var first = broker.Stable();
        var second = broker.Join(CoordinatorHarness.JoinRequest());
        broker.Join(CoordinatorHarness.JoinRequest(first));
        broker.Time.Await(broker.Sync(first, 2, first, broker.Time.Await(second).MemberId));
        var log = broker.Records();
        var small = new CoordinatorHarness(settings => settings with { GroupSizeMax = 1 });
        small.Follow(0);
        small.Store(Batch(batch => log.ForEach(record => batch.Append(1, record.Key, record.Value))));
        small.Lead(1);
        small.Time.RunUntilIdle();
        Assert.Equal("PreparingRebalance", small.StateOf());
    }

    [Fact]
    public void Of_each_key_the_last_value_counts_and_null_takes_it_away()
    {
        var broker = Loaded(Batch(batch =>
        {
            AddOffset(batch, 1);
            AddOffset(batch, 2);
            AddOffset(batch, 9, "gone");
            batch.Append(1, GroupRecords.OffsetKey("g", new("gone", 0)), NullableBytes.Null);
        }));
        Assert.Equal((2, -1), (broker.Fetch().Offset, broker.Fetch(topic: "gone").Offset));
    }

    /// <summary>Commits of several groups, one behind the other as they come in.</summary>
    [Fact]
    public void Commits_of_many_groups_are_told_apart()
    {
        var broker = Loaded(Batch(batch =>
        {
            for (var i = 0; i < 300; i++)
            {
                batch.Append(
                    1,
                    GroupRecords.OffsetKey($"g{i % 3}", new($"t{i % 2}", i % 5)),
                    GroupRecords.OffsetValue(new(i, -1, $"m{i % 2}", 7, -1), Versions));
            }
        }));
        for (var group = 0; group < 3; group++)
        {
            Assert.Equal(ErrorCode.None, broker.Coordinator.Offsets.Fetch($"g{group}", null, false, out var offsets));
            var expected = Enumerable.Range(270, 30).Where(i => i % 3 == group).OrderBy(i => i % 2).ThenBy(i => i % 5);
            Assert.Equal(
                expected.Select(i => new FetchedOffset(new($"t{i % 2}", i % 5), i, -1, $"m{i % 2}", ErrorCode.None)),
                offsets);
        }
    }

    [Fact]
    public void An_offset_that_is_read_again_allocates_nothing()
    {
        var loaded = new LoadedPartition(new GroupPartition(0));
        var offset = new StoredOffset(new(1, -1, "", 7, -1), 0);
        loaded.Commit("g", new("t", 0), offset);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            loaded.Commit("g", new("t", 0), offset);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Offsets_of_a_transaction_wait_for_its_marker_on_the_next_coordinator_too()
    {
        byte[] log = [.. Batch(batch => AddOffset(batch, 1)), .. Batch(batch => AddOffset(batch, 5), 1, producerId: 7)];
        var broker = Loaded(log);
        Assert.Equal(ErrorCode.UnstableOffsetCommit, broker.Fetch(requireStable: true).Error);
        broker.Coordinator.Offsets.CompleteTransaction(7, 0, markerOffset: 2, isCommit: true);
        Assert.Equal(5, broker.Fetch(requireStable: true).Offset);
    }

    /// <summary>The load may have read the log up to its end before the marker was appended.</summary>
    [Theory]
    [InlineData(true, 5)]
    [InlineData(false, 1)]
    public void A_marker_written_while_the_log_is_loaded_decides_its_transaction(bool isCommit, long expected)
    {
        var broker = new CoordinatorHarness();
        broker.Follow(0);
        broker.Store([.. Batch(batch => AddOffset(batch, 1)), .. Batch(batch => AddOffset(batch, 5), 1, producerId: 7)]);
        broker.Lead(1);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, broker.Coordinator.Offsets.Fetch("g", null, false, out _));
        broker.Coordinator.Offsets.CompleteTransaction(7, 0, markerOffset: 2, isCommit);
        broker.Time.RunUntilIdle();
        Assert.Equal((expected, ErrorCode.None), (broker.Fetch(requireStable: true).Offset, broker.Fetch(requireStable: true).Error));
    }

    /// <summary>The next leader may lack them, and then a consumer would be told an offset that goes back.</summary>
    [Fact]
    public void Offsets_only_this_replica_has_are_told_once_the_others_have_them()
    {
        var broker = new CoordinatorHarness();
        broker.Follow(0);
        broker.Store(Batch(batch => AddOffset(batch, 5)));
        broker.Lead(1, 1);
        broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, broker.Coordinator.Offsets.Fetch("g", null, false, out _));

        broker.Replicate();
        broker.Time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal((5, ErrorCode.None), (broker.Fetch().Offset, broker.Fetch().Error));
    }

    [Theory]
    [InlineData(ControlRecordType.Commit, 5)]
    [InlineData(ControlRecordType.Abort, 1)]
    public void A_marker_in_the_log_decides_its_transaction(ControlRecordType type, long expected)
    {
        byte[] log =
        [
            .. Batch(batch => AddOffset(batch, 1)),
            .. Batch(batch => AddOffset(batch, 5), 1, producerId: 7),
            .. new EndTransactionMarker(type, 0).ToBatch(1, 7, 0, baseOffset: 2, partitionLeaderEpoch: 0),
        ];
        Assert.Equal((expected, ErrorCode.None), (Loaded(log).Fetch(requireStable: true).Offset, Loaded(log).Fetch(requireStable: true).Error));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_version_of_values_is_read(short version)
    {
        var offset = new OffsetCommitValue { Offset = 8, Metadata = "m", CommitTimestamp = 1 };
        var member = new GroupMetadataValue.MemberMetadata
        {
            MemberId = "x",
            ClientId = "c",
            ClientHost = "/h",
            RebalanceTimeout = version >= 1 ? 50_000 : -1,
            SessionTimeout = 10_000,
        };
        var group = new GroupMetadataValue { ProtocolType = "consumer", Generation = 4, Protocol = "range", Leader = "x", Members = [member] };
        var broker = Loaded(Batch(batch =>
        {
            batch.Append(1, GroupRecords.GroupKey("g"), VersionedMessage.Encode(group, version));
            batch.Append(1, GroupRecords.OffsetKey("g", new("t", 0)), VersionedMessage.Encode(offset, version));
        }));
        Assert.Equal((8, "Stable"), (broker.Fetch().Offset, broker.StateOf()));
        Assert.Equal(ErrorCode.None, broker.Heartbeat("x", 4));
    }

    [Fact]
    public void Records_nobody_can_read_and_keys_of_other_kinds_do_not_keep_the_others_from_being_loaded()
    {
        var broker = Loaded(Batch(batch =>
        {
            batch.Append(1, new byte[] { 0, 3, 1, 2 }, "x"u8.ToArray());
            batch.Append(1, new byte[] { 0, 1, 0, 9 }, "x"u8.ToArray());
            batch.Append(1, new byte[] { 0 }, "x"u8.ToArray());
            batch.Append(1, GroupRecords.OffsetKey("g", new("u", 0)), new byte[] { 0, 99 });
            AddOffset(batch, 6);
        }));
        Assert.Equal((6, -1), (broker.Fetch().Offset, broker.Fetch(topic: "u").Offset));
    }

    [Fact]
    public void Members_that_are_named_twice_count_once()
    {
        GroupMetadataValue.MemberMetadata Member(string id, string? instance) =>
            new() { MemberId = id, GroupInstanceId = instance, ClientId = "", ClientHost = "", SessionTimeout = 10_000 };

        var group = new GroupMetadataValue
        {
            ProtocolType = "consumer",
            Protocol = null,
            Leader = "nobody",
            Members = [Member("a", "i"), Member("a", null), Member("b", "i"), Member("c", null)],
        };
        var broker = Loaded(Batch(batch => batch.Append(1, GroupRecords.GroupKey("g"), VersionedMessage.Encode(group, 3))));
        Assert.Equal(["a", "c"], broker.Coordinator.Administration.Describe("g").Members.Select(member => member.MemberId));
    }

    [Fact]
    public void An_election_of_the_past_changes_nothing_and_a_resignation_before_it_neither()
    {
        var broker = CoordinatorHarness.Leading();
        broker.Time.Await(broker.Commit(4));
        broker.Coordinator.OnResigned(0, -1);
        broker.Coordinator.OnElected(0, 0);
        broker.Time.RunUntilIdle();
        Assert.Equal(4, broker.Fetch().Offset);
    }

    [Fact]
    public void A_partition_the_topic_did_not_have_at_the_start_is_not_coordinated()
    {
        var broker = CoordinatorHarness.Leading();
        broker.Coordinator.OnElected(7, 0);
        broker.Coordinator.OnResigned(7, 0);
        broker.Time.RunUntilIdle();
        Assert.Equal(0, broker.Coordinator.PartitionOf("any"));
    }

    [Fact]
    public void A_coordinator_that_has_stopped_answers_no_one()
    {
        var broker = CoordinatorHarness.Leading();
        var member = broker.Stable();
        broker.Coordinator.Stop();
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, broker.Heartbeat(member, 1));
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, broker.Coordinator.Administration.List([], [], out _));
    }
}

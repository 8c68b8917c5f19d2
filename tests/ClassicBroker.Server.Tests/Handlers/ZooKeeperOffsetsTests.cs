using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>Versions 0 of OffsetCommit and OffsetFetch, which consumers of 0.8 use: offsets in ZooKeeper.</summary>
public sealed class ZooKeeperOffsetsTests
{
    private readonly InProcessBroker _broker = new("offset.metadata.max.bytes=10");
    private readonly BrokerClient _client;

    public ZooKeeperOffsetsTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t", 2);
    }

    private ErrorCode Commit(string topic, int partition, long offset, string metadata = "", short version = 0) =>
        _client.Ask<OffsetCommitRequest, OffsetCommitResponse>(
            new()
            {
                GroupId = "g",
                Topics =
                [
                    new() { Name = topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = metadata }] },
                ],
            },
            version).Topics[0].Partitions[0].ErrorCode;

    private (long Offset, string? Metadata, ErrorCode Error) Fetch(string topic, int partition, short version = 0)
    {
        var answer = _client.Ask<OffsetFetchRequest, OffsetFetchResponse>(
            new() { GroupId = "g", Topics = [new() { Name = topic, PartitionIndexes = [partition] }] }, version).Topics[0].Partitions[0];
        return (answer.CommittedOffset, answer.Metadata, answer.ErrorCode);
    }

    [Fact]
    public void What_was_committed_is_fetched_and_lies_where_consumers_of_0_8_look_for_it()
    {
        Assert.Equal(ErrorCode.None, Commit("t", 1, 42, "note"));
        Assert.Equal((42, "", ErrorCode.None), Fetch("t", 1));
        Assert.Equal(ErrorCode.None, Commit("t", 1, 43));
        Assert.Equal((43, "", ErrorCode.None), Fetch("t", 1));
        Assert.Equal("43", _broker.ZooKeeper.Text("/consumers/g/offsets/t/1"));
    }

    [Fact]
    public void Offsets_survive_the_broker()
    {
        Commit("t", 0, 7);
        _broker.Stop();
        _broker.Start();
        var answer = _broker.Connect().Ask<OffsetFetchRequest, OffsetFetchResponse>(
            new() { GroupId = "g", Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, 0);
        Assert.Equal(7, answer.Topics[0].Partitions[0].CommittedOffset);
    }

    [Fact]
    public void What_nobody_committed_and_what_does_not_exist_looks_alike()
    {
        Assert.Equal((-1, "", ErrorCode.UnknownTopicOrPartition), Fetch("t", 0));
        Assert.Equal((-1, "", ErrorCode.UnknownTopicOrPartition), Fetch("absent", 0));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Commit("t", 9, 1));
    }

    [Fact]
    public void Metadata_longer_than_allowed_is_refused_with_its_offset()
    {
        Assert.Equal(ErrorCode.OffsetMetadataTooLarge, Commit("t", 0, 5, "12345678901"));
        Assert.Equal(-1, Fetch("t", 0).Offset);
    }

    [Fact]
    public void Later_versions_ask_for_a_coordinator() => Assert.Equal(ErrorCode.NotCoordinator, Commit("t", 0, 1, version: 1));
}

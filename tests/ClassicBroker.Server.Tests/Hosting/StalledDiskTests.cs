using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Hosting;

/// <summary>A disk that does not answer stalls the loops that wait for it, and neither a timer nor the network nor the controller.</summary>
public sealed class StalledDiskTests
{
    private readonly InProcessBroker _broker = new("log.flush.scheduler.interval.ms=10", "log.retention.check.interval.ms=10");

    [Fact]
    public void Long_polls_end_on_time_while_nothing_comes_back_from_the_disk()
    {
        var client = _broker.Connect();
        client.CreateTopic("idle");
        client.CreateTopic("busy", 1, ("segment.bytes", "1000"), ("flush.ms", "1"), ("retention.bytes", "1000"));
        _broker.DiskLoop.IsStalled = true;
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(ErrorCode.None, client.Produce("busy", 0, 1, new string('x', 400)).ErrorCode);
            _broker.Time.AdvanceMs(100);
        }

        client.Send(BrokerClient.FetchRequestOf("idle", 0, 0, maxWaitMs: 100), 11);
        _broker.Time.AdvanceMs(99);
        Assert.Null(client.Answer<FetchResponse>(11));
        _broker.Time.AdvanceMs(1);
        Assert.NotNull(client.Answer<FetchResponse>(11));
    }

    [Fact]
    public void A_lookup_by_time_waits_for_the_disk_and_the_requests_of_others_do_not()
    {
        var client = _broker.Connect();
        client.CreateTopic("t");
        client.Produce("t", 0, 1, "a");
        _broker.LongReadsLoop.IsStalled = true;

        client.Send(Lookup(timestamp: 0), 7);
        Assert.Null(client.Answer<ListOffsetsResponse>(7));
        var other = _broker.Connect("other");
        Assert.Equal(1, other.Ask<ListOffsetsRequest, ListOffsetsResponse>(Lookup(timestamp: -1), 7).Topics[0].Partitions[0].Offset);
        Assert.Equal(1, other.Produce("t", 0, 1, "b").BaseOffset);

        _broker.LongReadsLoop.IsStalled = false;
        _broker.Time.RunUntilIdle();
        Assert.Equal(0, client.Answer<ListOffsetsResponse>(7)!.Topics[0].Partitions[0].Offset);
    }

    [Fact]
    public void A_fetch_in_an_old_format_is_converted_off_the_network_loop()
    {
        var client = _broker.Connect();
        client.CreateTopic("t");
        client.Produce("t", 0, 1, "a");
        _broker.LongReadsLoop.IsStalled = true;

        client.Send(BrokerClient.FetchRequestOf("t", 0, 0), 3);
        Assert.Null(client.Answer<FetchResponse>(3));
        Assert.Equal(ErrorCode.None, _broker.Connect("other").Fetch("t", 0, 0).Responses[0].Partitions[0].ErrorCode);

        _broker.LongReadsLoop.IsStalled = false;
        _broker.Time.RunUntilIdle();
        Assert.Equal(["a"], BrokerClient.Values(client.Answer<FetchResponse>(3)!.Responses[0].Partitions[0].Records));
    }

    [Fact]
    public void The_first_fetch_from_a_closed_index_leaves_the_network_loop_and_the_next_does_not()
    {
        var client = _broker.Connect();
        client.CreateTopic("t", 1, ("segment.bytes", "20000"), ("index.interval.bytes", "10"));
        for (var i = 0; i < 100; i++)
        {
            client.Produce("t", 0, 1, new string('x', 400));
        }

        _broker.Stop();
        _broker.Start();
        client = _broker.Connect();
        _broker.LongReadsLoop.IsStalled = true;

        client.Send(BrokerClient.FetchRequestOf("t", 0, 5), 11);
        Assert.Null(client.Answer<FetchResponse>(11));
        Assert.Equal(ErrorCode.None, _broker.Connect("other").Fetch("t", 0, 100).Responses[0].Partitions[0].ErrorCode);

        _broker.LongReadsLoop.IsStalled = false;
        _broker.Time.RunUntilIdle();
        Assert.NotEmpty(BrokerClient.Values(client.Answer<FetchResponse>(11)!.Responses[0].Partitions[0].Records));
        _broker.LongReadsLoop.IsStalled = true;
        Assert.NotEmpty(BrokerClient.Values(client.Fetch("t", 0, 5).Responses[0].Partitions[0].Records));
    }

    private static ListOffsetsRequest Lookup(long timestamp) =>
        new()
        {
            ReplicaId = -1,
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp, CurrentLeaderEpoch = -1 }] }],
        };

    [Fact]
    public void The_controller_and_clients_go_on_while_partitions_are_being_made()
    {
        var client = _broker.Connect();
        client.CreateTopic("there");
        _broker.ReplicaStateLoop.IsStalled = true;
        var creator = _broker.Connect("creator");
        creator.Send(
            new CreateTopicsRequest { TimeoutMs = 60_000, Topics = [new() { Name = "slow", NumPartitions = 1000, ReplicationFactor = 1 }] }, 5);
        _broker.Time.RunUntilIdle();
        Assert.Null(creator.Answer<CreateTopicsResponse>(5));

        Assert.Equal(ErrorCode.None, client.Produce("there", 0, 1, "a").ErrorCode);
        Assert.Equal(ErrorCode.None, client.Fetch("there", 0, 0).Responses[0].Partitions[0].ErrorCode);
        var reassignments = client.Ask<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(new(), 0);
        Assert.Equal(ErrorCode.None, reassignments.ErrorCode);

        _broker.ReplicaStateLoop.IsStalled = false;
        _broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.None, creator.Answer<CreateTopicsResponse>(5)!.Topics[0].ErrorCode);
    }
}

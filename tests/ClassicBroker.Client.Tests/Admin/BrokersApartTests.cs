using ClassicBroker.Client.Cluster;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Admin;

/// <summary>Calls that go to several brokers, each of which answers or fails by itself.</summary>
public sealed class BrokersApartTests
{
    private readonly FakeCluster _cluster = new(brokers: 3);
    private readonly List<int> _asked = [];

    /// <summary>What broker 2 does when it is asked: refuses the connection, until it is told otherwise.</summary>
    private Func<ErrorCode> _third = () => throw new BrokerUnavailableException("broker:9094", "connection refused");

    private Task<T> StartAsync<T>(Func<AdminClient, Task<T>> call) => _cluster.Loop.InvokeAsyncOn(async () =>
    {
        await using var admin = new AdminClient(
            new AdminConfig { BootstrapServers = _cluster.Bootstrap, DefaultApiTimeout = TimeSpan.FromSeconds(5) }, _cluster.Network);
        return await call(admin);
    });

    private T Run<T>(Func<AdminClient, Task<T>> call)
    {
        var started = StartAsync(call);
        _cluster.Time.AdvanceMs(60_000);
        return _cluster.Time.Await(started);
    }

    private ErrorCode Ask(int broker)
    {
        _asked.Add(broker);
        return broker == 2 ? _third() : ErrorCode.None;
    }

    private void HandleLogDirs(int directories = 1) => _cluster.Handle<DescribeLogDirsRequest, DescribeLogDirsResponse>((broker, _) => new()
    {
        ErrorCode = Ask(broker),
        Results = [.. Enumerable.Range(0, broker == 2 ? directories : 1)
            .Select(_ => new DescribeLogDirsResponse.DescribeLogDirsResult { LogDir = $"/{broker}" })],
    });

    private void HandleGroups() => _cluster.Handle<ListGroupsRequest, ListGroupsResponse>((broker, _) => new()
    {
        ErrorCode = Ask(broker),
        Groups = [new() { GroupId = $"group-{2 - broker}" }, new() { GroupId = "moved" }],
    });

    [Fact]
    public void A_broker_that_cannot_be_reached_fails_alone_once_time_is_up_and_the_others_are_asked_once()
    {
        HandleLogDirs();
        var described = Run(admin => admin.DescribeLogDirsAsync([2, 0, 1]));
        Assert.Equal([2, 0, 1], described.Select(broker => broker.BrokerId));
        Assert.Equal(["/0", "/1"], described.Skip(1).Select(broker => broker.ThrowIfFailed().Directories[0].Path));
        var failure = Assert.IsType<KafkaTimeoutException>(described[0].Failure);
        Assert.Equal((2, "DescribeLogDirs"), (failure.BrokerId, failure.Api));
        Assert.Contains("connection refused", failure.Message);
        Assert.Equal([0, 1], _asked.Where(broker => broker != 2));
        Assert.True(_asked.Count(broker => broker == 2) > 2);
    }

    [Fact]
    public void A_broker_that_comes_back_in_time_has_its_answer()
    {
        HandleLogDirs();
        var started = StartAsync(admin => admin.DescribeLogDirsAsync([0, 2]));
        _cluster.Time.AdvanceMs(1000);
        Assert.False(started.IsCompleted);
        _third = () => ErrorCode.None;
        _cluster.Time.AdvanceMs(2000);
        Assert.Equal(["/0", "/2"], _cluster.Time.Await(started).Select(broker => broker.ThrowIfFailed().Directories[0].Path));
    }

    [Fact]
    public void A_broker_that_tells_of_no_directory_refuses_as_those_before_version_3_do()
    {
        _third = () => ErrorCode.None;
        HandleLogDirs(directories: 0);
        var described = Run(admin => admin.DescribeLogDirsAsync([2, 1]));
        Assert.Equal((ErrorCode.ClusterAuthorizationFailed, 2), (described[0].Failure!.Code, described[0].Failure!.BrokerId));
        Assert.Null(described[1].Failure);
    }

    [Fact]
    public void Groups_of_the_other_brokers_are_listed_once_each_and_sorted()
    {
        HandleGroups();
        var listing = Run(admin => admin.ListGroupsAsync());
        Assert.Equal(["group-1", "group-2", "moved"], listing.Found.Select(group => group.GroupId));
        Assert.Equal(2, Assert.Single(listing.Failures).BrokerId);
        Assert.Throws<KafkaTimeoutException>(() => listing.ThrowIfFailed());
    }

    [Fact]
    public void A_coordinator_that_still_loads_is_waited_for()
    {
        var loads = 3;
        _third = () => loads-- > 0 ? ErrorCode.CoordinatorLoadInProgress : ErrorCode.None;
        HandleGroups();
        Assert.Equal(4, Run(admin => admin.ListGroupsAsync()).ThrowIfFailed().Count);
    }

    [Fact]
    public void Offsets_of_partitions_led_by_other_brokers_are_found_and_each_failure_names_its_partition()
    {
        _cluster.AddTopic("t", 0, 2, -1);
        _cluster.Handle<ListOffsetsRequest, ListOffsetsResponse>((broker, request) => new()
        {
            Topics = [.. request.Topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(partition => new ListOffsetsResponse.ListOffsetsPartitionResponse
                {
                    PartitionIndex = partition.PartitionIndex, ErrorCode = Ask(broker), Offset = 9,
                })],
            })],
        });
        _third = () => ErrorCode.TopicAuthorizationFailed;
        var listed = Run(admin => admin.ListOffsetsAsync(
            Enumerable.Range(0, 3).ToDictionary(partition => new TopicPartition("t", partition), _ => OffsetLookup.Latest))).Values.ToArray();
        Assert.Equal(9, listed[0].ThrowIfFailed().Offset);
        Assert.Equal(
            (ErrorCode.TopicAuthorizationFailed, 2, new TopicPartition("t", 1)),
            (listed[1].Failure!.Code, listed[1].Failure!.BrokerId, listed[1].Failure!.TopicPartition));
        Assert.Equal(new TopicPartition("t", 2), Assert.IsType<KafkaTimeoutException>(listed[2].Failure).TopicPartition);
        Assert.Equal([0, 2], _asked);
    }

    [Fact]
    public void Where_no_broker_answers_the_call_fails_as_a_whole()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Down.UnionWith([0, 1, 2]);
        var failure = Run(admin => Assert.ThrowsAsync<KafkaTimeoutException>(
            () => admin.ListOffsetsAsync(new Dictionary<TopicPartition, long> { [new("t", 0)] = OffsetLookup.Latest })));
        Assert.Contains("Call: listOffsets", failure.Message);
    }

    [Fact]
    public void What_an_answer_does_not_tell_of_fails_at_once()
    {
        _cluster.Handle<DescribeConfigsRequest, DescribeConfigsResponse>((_, _) => new() { Results = [] });
        var described = Run(admin => admin.DescribeConfigsAsync([ConfigResource.Topic("t")]));
        Assert.Equal(ErrorCode.UnknownServerError, Assert.Single(described).Failure!.Code);
        Assert.Single(_cluster.Requests, request => request.Request is DescribeConfigsRequest);
    }
}

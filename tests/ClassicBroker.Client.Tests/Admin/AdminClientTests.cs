using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Admin;

public sealed class AdminClientTests
{
    private readonly FakeCluster _cluster = new(brokers: 2);

    private AdminClient NewAdmin(TimeSpan? timeout = null) =>
        new(new AdminConfig { BootstrapServers = _cluster.Bootstrap, DefaultApiTimeout = timeout ?? TimeSpan.FromSeconds(60) }, _cluster.Network);

    [Fact]
    public void Topics_are_listed_sorted_and_described_in_full()
    {
        _cluster.AddTopic("b", 0, -1);
        _cluster.AddTopic("a", 1);
        _cluster.Loop.Run(async () =>
        {
            await using var admin = NewAdmin();
            Assert.Equal(["a", "b"], (await admin.ListTopicsAsync()).Select(topic => topic.Name));
            var described = Assert.Single(await admin.DescribeTopicsAsync(["b"]));
            Assert.Equal([0, -1], described.Partitions.Select(partition => partition.Leader));
        });
    }

    [Fact]
    public void Describing_an_unknown_topic_fails_at_once()
    {
        _cluster.Loop.Run(async () =>
        {
            await using var admin = NewAdmin();
            _cluster.AddTopic("present", 0);
            var described = await admin.DescribeTopicsAsync(["absent", "present"]);
            var failure = described[0].Failure!;
            Assert.Equal(("absent", ErrorCode.UnknownTopicOrPartition, false), (failure.Topic, failure.Code, failure.IsRetriable));
            Assert.Equal("Metadata", failure.Api);
            Assert.Equal(failure.BrokerAddress, $"broker:{9092 + failure.BrokerId}");
            Assert.Same(failure, Assert.Throws<UnknownTopicException>(described[0].ThrowIfFailed));
            Assert.Single(described[1].ThrowIfFailed().Partitions);
        });
    }

    [Fact]
    public void Changes_go_to_the_controller_and_follow_it_when_it_moves()
    {
        _cluster.ControllerId = 0;
        _cluster.Handle<CreateTopicsRequest, CreateTopicsResponse>((broker, request) =>
        {
            _cluster.ControllerId = 1;
            return new CreateTopicsResponse
            {
                Topics = request.Topics
                    .Select(topic => new CreateTopicsResponse.CreatableTopicResult
                    {
                        Name = topic.Name,
                        ErrorCode = broker == 1 ? ErrorCode.None : ErrorCode.NotController,
                    })
                    .ToArray(),
            };
        });
        CreateAtSecondController();
    }

    [Fact]
    public void Changes_go_to_the_new_controller_where_the_old_one_cannot_be_reached()
    {
        _cluster.ControllerId = 0;
        _cluster.Handle<CreateTopicsRequest, CreateTopicsResponse>((broker, request) =>
        {
            if (broker == 0)
            {
                _cluster.ControllerId = 1;
                throw new BrokerUnavailableException("broker-0:9092", "Connection refused");
            }

            return new CreateTopicsResponse
            {
                Topics = request.Topics.Select(topic => new CreateTopicsResponse.CreatableTopicResult { Name = topic.Name }).ToArray(),
            };
        });
        CreateAtSecondController();
    }

    [Fact]
    public void Refusals_of_single_items_are_told_with_the_brokers_words()
    {
        _cluster.Handle<DeleteTopicsRequest, DeleteTopicsResponse>((_, request) => new DeleteTopicsResponse
        {
            Responses = request.Topics
                .Select(topic => topic.Name!)
                .Select(name => new DeleteTopicsResponse.DeletableTopicResult
                {
                    Name = name,
                    ErrorCode = name == "bad" ? ErrorCode.TopicAuthorizationFailed : ErrorCode.None,
                    ErrorMessage = name == "bad" ? "not yours" : null,
                })
                .ToArray(),
        });
        _cluster.Loop.Run(async () =>
        {
            await using var admin = NewAdmin();
            var results = await admin.DeleteTopicsAsync(["good", "bad"]);
            Assert.Null(results[0].Failure);
            Assert.Equal("not yours", results[1].Failure!.Message);
            Assert.Equal(
                (0, "broker:9092", "DeleteTopics", ErrorCode.TopicAuthorizationFailed),
                (results[1].Failure!.BrokerId, results[1].Failure!.BrokerAddress, results[1].Failure!.Api, results[1].Failure!.Code));
        });
    }

    [Fact]
    public void A_refusal_of_a_coordinator_names_that_broker()
    {
        _cluster.Handle<FindCoordinatorRequest, FindCoordinatorResponse>((_, _) => new FindCoordinatorResponse
        {
            Coordinators = [new FindCoordinatorResponse.Coordinator { NodeId = 1, Host = "broker", Port = 9093 }],
        });
        _cluster.Handle<OffsetFetchRequest, OffsetFetchResponse>((_, _) => new OffsetFetchResponse
        {
            Groups = [new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = "g", ErrorCode = ErrorCode.GroupAuthorizationFailed }],
        });
        _cluster.Loop.Run(async () =>
        {
            await using var admin = NewAdmin();
            await admin.ListTopicsAsync();
            await admin.DescribeClusterAsync();
            var refused = await Assert.ThrowsAsync<KafkaException>(() => admin.ListGroupOffsetsAsync("g"));
            Assert.Equal((1, "broker:9093", "OffsetFetch"), (refused.BrokerId, refused.BrokerAddress, refused.Api));
        });
    }

    [Fact]
    public void A_call_that_is_cancelled_sends_nothing_more()
    {
        _cluster.Down.UnionWith([0, 1]);
        using var cancelled = new CancellationTokenSource();
        var listed = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var admin = NewAdmin();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => admin.ListTopicsAsync(cancellation: new CancellationToken(canceled: true)));
            Assert.Equal(0, _cluster.Connects);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => admin.ListTopicsAsync(cancellation: cancelled.Token));
            return true;
        });
        _cluster.Time.AdvanceMs(1000);
        var connects = _cluster.Connects;
        Assert.True(connects > 0);
        cancelled.Cancel();
        _cluster.Time.AdvanceMs(30_000);
        Assert.True(_cluster.Time.Await(listed));
        Assert.InRange(_cluster.Connects, connects, connects + 2);
    }

    [Fact]
    public void Names_that_no_resolver_knows_are_told_at_once()
    {
        var failed = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var admin = new AdminClient(new AdminConfig { BootstrapServers = "nowhere:9092,gone:9092" }, _cluster.Network);
            return await Assert.ThrowsAsync<BrokerUnavailableException>(() => admin.ListTopicsAsync());
        });
        _cluster.Time.AdvanceMs(1000);
        var failure = _cluster.Time.Await(failed);
        Assert.Contains("No resolvable bootstrap urls given in bootstrap.servers", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsRetriable);
    }

    [Fact]
    public void Records_of_a_topic_that_is_not_there_yet_are_deleted_once_it_is()
    {
        _cluster.AddTopic("known", 0);
        _cluster.Handle<DeleteRecordsRequest, DeleteRecordsResponse>((_, request) =>
        {
            if (request.Topics[0].Name == "known")
            {
                _cluster.AddTopic("late", 1);
            }

            return Deleted(request);
        });
        Assert.Equal(
            [(new TopicPartition("known", 0), 7L, true), (new TopicPartition("late", 0), 5L, true)],
            Delete(new("late", 0), new("known", 0)).Select(result => (result.Partition, result.LowWatermark, result.Failure is null)));
    }

    [Fact]
    public void Records_of_a_topic_that_does_not_come_end_with_a_timeout_that_names_the_cause()
    {
        _cluster.AddTopic("known", 0);
        _cluster.Handle<DeleteRecordsRequest, DeleteRecordsResponse>((_, request) => Deleted(request));
        var deleted = Delete(new("absent", 0), new("known", 0));
        Assert.Contains("This server does not host this topic-partition.", Assert.IsType<KafkaTimeoutException>(deleted[0].Failure).Message);
        Assert.Equal((7L, null), (deleted[1].LowWatermark, deleted[1].Failure));
    }

    /// <summary>Deletes the records before offset 5 of one partition and before offset 7 of another.</summary>
    private IReadOnlyList<DeletedRecords> Delete(TopicPartition one, TopicPartition other)
    {
        var deleted = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var admin = NewAdmin(TimeSpan.FromSeconds(5));
            return await admin.DeleteRecordsAsync(new Dictionary<TopicPartition, long> { [one] = 5, [other] = 7 });
        });
        _cluster.Time.AdvanceMs(30_000);
        return _cluster.Time.Await(deleted);
    }

    private static DeleteRecordsResponse Deleted(DeleteRecordsRequest request) => new()
    {
        Topics = request.Topics
            .Select(topic => new DeleteRecordsResponse.DeleteRecordsTopicResult
            {
                Name = topic.Name,
                Partitions = topic.Partitions
                    .Select(partition => new DeleteRecordsResponse.DeleteRecordsPartitionResult
                    {
                        PartitionIndex = partition.PartitionIndex,
                        LowWatermark = partition.Offset,
                    })
                    .ToArray(),
            })
            .ToArray(),
    };

    [Fact]
    public void Nobody_to_talk_to_is_told_with_the_cause_when_time_is_up()
    {
        _cluster.Down.UnionWith([0, 1]);
        var listed = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var admin = NewAdmin(TimeSpan.FromSeconds(5));
            return await Assert.ThrowsAsync<KafkaTimeoutException>(() => admin.ListTopicsAsync());
        });
        _cluster.Time.AdvanceMs(30_000);
        var message = _cluster.Time.Await(listed).Message;
        Assert.StartsWith("Timed out waiting for a node assignment. Call: listTopics", message);
        Assert.Contains("connection refused", message);
    }

    [Fact]
    public void A_broker_that_comes_back_is_used_again()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Down.UnionWith([0, 1]);
        var listed = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var admin = NewAdmin();
            return await admin.ListTopicsAsync();
        });
        _cluster.Time.AdvanceMs(3000);
        Assert.False(listed.IsCompleted);
        _cluster.Down.Clear();
        _cluster.Time.AdvanceMs(3000);
        Assert.Single(_cluster.Time.Await(listed));
    }

    [Fact]
    public void Configs_of_brokers_are_asked_of_those_brokers()
    {
        _cluster.Handle<DescribeConfigsRequest, DescribeConfigsResponse>((broker, request) => new DescribeConfigsResponse
        {
            Results = request.Resources
                .Select(resource => new DescribeConfigsResponse.DescribeConfigsResult
                {
                    ResourceType = resource.ResourceType,
                    ResourceName = resource.ResourceName,
                    Configs =
                    [
                        new DescribeConfigsResponse.DescribeConfigsResourceResult { Name = "answered.by", Value = $"{broker}", ConfigSource = 4 },
                    ],
                })
                .ToArray(),
        });
        _cluster.Loop.Run(async () =>
        {
            await using var admin = NewAdmin();
            var described = await admin.DescribeConfigsAsync([ConfigResource.Broker(1), ConfigResource.Broker(0)]);
            Assert.Equal(["1", "0"], described.Select(config => config.Entries[0].Value));
            Assert.Equal(ConfigSource.StaticBroker, described[0].Entries[0].Source);
        });
    }

    [Fact]
    public void Features_are_told_sorted_with_their_levels_and_epoch()
    {
        _cluster.Handle<ApiVersionsRequest, ApiVersionsResponse>((_, _) => new ApiVersionsResponse
        {
            FinalizedFeaturesEpoch = 7,
            FinalizedFeatures = [new() { Name = "metadata.version", MinVersionLevel = 1, MaxVersionLevel = 20 }],
            SupportedFeatures =
            [
                new() { Name = "transaction.version", MinVersion = 0, MaxVersion = 2 },
                new() { Name = "group.version", MinVersion = 0, MaxVersion = 1 },
            ],
        });
        _cluster.Loop.Run(async () =>
        {
            await using var admin = NewAdmin();
            var features = await admin.DescribeFeaturesAsync();
            Assert.Equal([new FeatureLevels("metadata.version", 1, 20)], features.Finalized);
            Assert.Equal(7, features.FinalizedEpoch);
            Assert.Equal([new FeatureLevels("group.version", 0, 1), new FeatureLevels("transaction.version", 0, 2)], features.Supported);
        });
    }

    [Fact]
    public void Closing_tells_the_calls_under_way()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Handle<CreateTopicsRequest, CreateTopicsResponse>((_, request) => new CreateTopicsResponse
        {
            Topics = [.. request.Topics.Select(topic => new CreateTopicsResponse.CreatableTopicResult
            {
                Name = topic.Name, ErrorCode = ErrorCode.NotController,
            })],
        });
        var admin = NewAdmin();
        var creating = _cluster.Loop.InvokeAsyncOn(() => admin.CreateTopicsAsync([new NewTopic("new")]));
        var closing = _cluster.Loop.InvokeAsync(() => admin.DisposeAsync().AsTask());
        Assert.False(closing.IsCompleted);
        _cluster.Time.AdvanceMs(5000);
        Assert.True(closing.IsCompletedSuccessfully);
        Assert.IsType<ClientClosedException>(creating.Exception?.InnerException);
    }

    /// <summary>Broker 0 is asked, as the controller it was, and then broker 1.</summary>
    private void CreateAtSecondController()
    {
        var created = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await using var admin = NewAdmin();
            return (await admin.CreateTopicsAsync([new NewTopic("t") { Partitions = 3 }]))[0];
        });
        _cluster.Time.AdvanceMs(5000);
        Assert.Null(_cluster.Time.Await(created).Failure);
        Assert.Equal([0, 1], _cluster.Requests.Where(entry => entry.Request is CreateTopicsRequest).Select(entry => entry.Broker));
    }
}

using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Metadata.Tests.Images;

public sealed class MetadataImageTests
{
    private static readonly Uuid Id = new(5, 6);

    [Fact]
    public void A_request_adds_to_topics_and_replaces_brokers()
    {
        var image = MetadataImage.Empty.Apply(Request([1, 2], Topic("a", Id, 0, 1)), out var deleted);
        Assert.Empty(deleted);
        image = image.Apply(Request([2], Topic("a", Id, 2), Topic("b", Uuid.Zero, 0)), out _);
        Assert.Null(image.Broker(1));
        Assert.Equal("host2", image.Broker(2)!.Endpoint("PLAINTEXT")!.Host);
        Assert.Null(image.Broker(2)!.Endpoint("OTHER"));
        Assert.Equal([0, 1, 2], image.Topic("a")!.Partitions.ToArray().Select(partition => partition.Partition));
        Assert.Same(image.Topic("a"), image.Topic(Id));
        Assert.Equal(1, image.Partition("b", 0)!.Leader);
        Assert.Equal(9, image.ControllerId);
    }

    [Fact]
    public void A_leader_of_minus_two_deletes()
    {
        var image = MetadataImage.Empty.Apply(Request([1], Topic("a", Id, 0, 1)), out _);
        var deletion = Topic("a", Id, 0, 1);
        foreach (var state in deletion.PartitionStates)
        {
            state.Leader = LeaderAndIsr.LeaderDuringDelete;
        }

        var after = image.Apply(Request([1], deletion), out var deleted);
        Assert.Equal([new("a", 0), new("a", 1)], deleted);
        Assert.Null(after.Topic("a"));
        Assert.Null(after.Topic(Id));
        Assert.NotNull(image.Topic("a"));
    }

    [Fact]
    public void A_topic_made_again_under_another_id_loses_the_old_one()
    {
        var image = MetadataImage.Empty.Apply(Request([1], Topic("a", Id, 0)), out _);
        image = image.Apply(Request([1], Topic("a", new(7, 8), 0)), out _);
        Assert.Null(image.Topic(Id));
        Assert.Equal("a", image.Topic(new Uuid(7, 8))!.Name);
        image = image.Apply(Request([1], Topic("a", Uuid.Zero, 0)), out _);
        Assert.Equal("a", image.Topic(new Uuid(7, 8))!.Name);
    }

    [Fact]
    public void What_a_request_does_not_name_is_shared()
    {
        var image = MetadataImage.Empty.Apply(Request([1], Topic("a", Id, 0), Topic("b", Uuid.Zero, 0)), out _);
        var after = image.Apply(Request([1], Topic("b", Uuid.Zero, 0)), out _);
        Assert.Same(image.Topic("a"), after.Topic("a"));
        Assert.Same(image.Broker(1), after.Broker(1));
    }

    [Fact]
    public void Old_requests_name_neither_listeners_nor_topics_of_partitions()
    {
        var request = new UpdateMetadataRequest
        {
            UngroupedPartitionStates = [State(0), State(1)],
            LiveBrokers =
            [
                new() { Id = 1, V0Host = "old", V0Port = 1 },
                new() { Id = 2, Endpoints = [new() { Host = "h", Port = 2, SecurityProtocol = 1 }] },
            ],
        };
        foreach (var state in request.UngroupedPartitionStates)
        {
            state.TopicName = "a";
        }

        var image = MetadataImage.Empty.Apply(request, out _);
        Assert.Equal(2, image.Topic("a")!.Partitions.Length);
        Assert.Equal("old", image.Broker(1)!.Endpoint("PLAINTEXT")!.Host);
        Assert.Equal(SecurityProtocol.Ssl, image.Broker(2)!.Endpoint("SSL")!.SecurityProtocol);
    }

    [Fact]
    public void A_security_protocol_that_does_not_exist_is_the_peers_fault()
    {
        var request = new UpdateMetadataRequest
        {
            LiveBrokers = [new() { Id = 2, Endpoints = [new() { Host = "h", Port = 2, Listener = "L", SecurityProtocol = 9 }] }],
        };
        Assert.Throws<MalformedDataException>(() => MetadataImage.Empty.Apply(request, out _));
    }

    [Fact]
    public void Lookups_allocate_nothing()
    {
        var image = MetadataImage.Empty.Apply(
            Request([1, 2, 3], [.. Enumerable.Range(0, 100).Select(number => Topic($"t{number}", new(number + 1, 0), 0, 1))]), out _);
        Look();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
        {
            Look();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Look()
        {
            Assert.True(image.Partition("t50", 1) is not null && image.Topic(new Uuid(7, 0)) is not null && image.IsAlive(2));
        }
    }

    [Fact]
    public void Waiters_are_woken_by_the_image_that_shows_what_they_wait_for_or_by_time()
    {
        var time = new ClassicBroker.Testing.Loops.ManualTime();
        var loop = time.CreateLoop("waiters");
        var cache = new MetadataCache();
        var shown = cache.WaitForAsync(image => image.Contains("a"), TimeSpan.FromSeconds(5), loop);
        var never = cache.WaitForAsync(image => image.Contains("b"), TimeSpan.FromSeconds(5), loop);
        cache.Publish(cache.Current.Apply(Request([1]), out _));
        Assert.False(shown.IsCompleted);
        cache.Publish(cache.Current.Apply(Request([1], Topic("a", Id, 0)), out _));
        Assert.True(time.Await(shown));
        time.AdvanceMs(5_000);
        Assert.False(time.Await(never));
        Assert.True(time.Await(cache.WaitForAsync(image => image.Contains("a"), TimeSpan.Zero, loop)));
        Assert.False(time.Await(cache.WaitForAsync(image => image.Contains("b"), TimeSpan.Zero, loop)));
    }

    private static UpdateMetadataRequest Request(int[] brokers, params UpdateMetadataRequest.UpdateMetadataTopicState[] topics) =>
        new()
        {
            ControllerId = 9,
            TopicStates = topics,
            LiveBrokers =
            [
                .. brokers.Select(id => new UpdateMetadataRequest.UpdateMetadataBroker
                {
                    Id = id,
                    Endpoints = [new() { Host = $"host{id}", Port = 9092, Listener = "PLAINTEXT", SecurityProtocol = 0 }],
                }),
            ],
        };

    private static UpdateMetadataRequest.UpdateMetadataTopicState Topic(string name, Uuid id, params int[] partitions) =>
        new() { TopicName = name, TopicId = id, PartitionStates = [.. partitions.Select(State)] };

    private static UpdateMetadataRequest.UpdateMetadataPartitionState State(int partition) =>
        new() { PartitionIndex = partition, Leader = 1, Replicas = [1], Isr = [1] };
}

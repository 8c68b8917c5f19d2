using ClassicBroker.Client.Cluster;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Cluster;

public sealed class ClusterClientTests
{
    private readonly FakeCluster _cluster = new(brokers: 3);

    [Fact]
    public void The_first_reachable_bootstrap_server_tells_of_the_others()
    {
        _cluster.Down.UnionWith([0, 1]);
        var metadata = _cluster.Loop.Run(() => _cluster.NewClient().RefreshAsync());
        Assert.Equal([2], metadata.Nodes.Select(node => node.Id));
        Assert.Equal("fake", metadata.ClusterId);
    }

    [Fact]
    public void Refreshes_asked_for_meanwhile_share_one_request()
    {
        _cluster.HandleAsync<MetadataRequest, MetadataResponse>(async (_, request) =>
        {
            await _cluster.Loop.DelayAsync(10);
            return _cluster.Metadata(request);
        });
        var client = _cluster.NewClient();
        var refreshes = _cluster.Loop.InvokeAsyncOn(() => Task.FromResult(Enumerable.Range(0, 3).Select(_ => client.RefreshAsync()).ToArray()));
        _cluster.Time.AdvanceMs(20);
        Assert.Single(_cluster.Requests);
        Assert.All(_cluster.Time.Await(refreshes), refresh => Assert.True(refresh.IsCompletedSuccessfully));
    }

    [Fact]
    public void Failed_connections_are_tried_again_after_growing_pauses()
    {
        _cluster.Down.Add(0);
        var client = _cluster.NewClient(new AdminConfig { BootstrapServers = "broker:9092" });
        var refreshes = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                await Assert.ThrowsAsync<BrokerUnavailableException>(client.RefreshAsync);
            }

            return _cluster.Connects;
        });
        _cluster.Time.AdvanceMs(100);
        Assert.InRange(_cluster.Connects, 2, 3);
        _cluster.Time.AdvanceMs(5000);
        Assert.Equal(5, _cluster.Time.Await(refreshes));
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.2", true)]
    [InlineData("elsewhere", false)]
    public void A_broker_that_advertises_this_machine_to_others_is_told_on(string advertised, bool leadsHome)
    {
        _cluster.AdvertisedHost = advertised;
        var client = _cluster.NewClient();
        _cluster.Loop.Run(client.RefreshAsync);

        var failure = Assert.Throws<BrokerUnavailableException>(() => _cluster.Loop.Run(() => client.Broker(0).ConnectAsync()));

        Assert.Equal(leadsHome, failure.Message.Contains("set advertised.listeners there to an address that reaches it", StringComparison.Ordinal));
    }

    [Fact]
    public void Metadata_never_goes_back_to_an_older_leader()
    {
        var topic = _cluster.AddTopic("t", 0);
        var client = _cluster.NewClient();
        client.Follow("t");
        _cluster.Loop.Run(client.RefreshAsync);
        topic.Move(0, leader: 1);
        _cluster.Loop.Run(client.RefreshAsync);
        topic.Epochs[0] = 0;
        topic.Leaders[0] = 2;
        _cluster.Loop.Run(client.RefreshAsync);
        Assert.Equal(1, client.Metadata.Partition(new TopicPartition("t", 0))!.LeaderId);
        topic.Id = new Uuid(99, 99);
        _cluster.Loop.Run(client.RefreshAsync);
        Assert.Equal(2, client.Metadata.Partition(new TopicPartition("t", 0))!.LeaderId);
    }

    [Fact]
    public void A_leader_learnt_from_a_refusal_is_taken_only_if_newer_and_alive()
    {
        _cluster.AddTopic("t", 0);
        var client = _cluster.NewClient();
        client.Follow("t");
        _cluster.Loop.Run(client.RefreshAsync);
        var partition = new TopicPartition("t", 0);
        Assert.False(client.LearnLeader(partition, 1, new LeaderEpoch(0)));
        Assert.False(client.LearnLeader(partition, 17, new LeaderEpoch(5)));
        Assert.True(client.LearnLeader(partition, 1, new LeaderEpoch(5)));
        Assert.Equal(1, client.Metadata.Partition(partition)!.LeaderId);
    }

    [Fact]
    public void Each_failed_attempt_gives_the_next_one_more_time_up_to_the_most()
    {
        var cluster = new FakeCluster();
        cluster.Down.Add(0);
        var config = new AdminConfig
        {
            BootstrapServers = cluster.Bootstrap,
            ConnectionSetupTimeout = TimeSpan.FromSeconds(2),
            ConnectionSetupTimeoutMax = TimeSpan.FromSeconds(7),
        };
        var client = cluster.NewClient(config);
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var failed = cluster.Loop.InvokeAsyncOn(() => Assert.ThrowsAsync<BrokerUnavailableException>(client.RefreshAsync));
            cluster.Time.AdvanceMs(5000);
            cluster.Time.Await(failed);
        }

        Assert.Equal([2, 4, 7, 7], cluster.SetupTimeouts.Select(timeout => timeout.TotalSeconds));
    }

    [Fact]
    public void Metadata_that_lacks_what_is_waited_for_is_fetched_again_after_growing_pauses_until_it_is_there()
    {
        var client = _cluster.NewClient();
        _cluster.Loop.Run(() =>
        {
            client.Follow("t");
            client.Awaited = ["t"];
            return client.RefreshAsync();
        });

        // After 0.1, 0.2, 0.4 and 0.8 s, then every second, each a fifth longer or shorter.
        _cluster.Time.AdvanceMs(10_500);
        Assert.InRange(_cluster.Requests.Count, 11, 16);

        var topic = _cluster.AddTopic("t", 0);
        topic.Errors[0] = ErrorCode.LeaderNotAvailable;
        _cluster.Time.AdvanceMs(1_300);
        var before = _cluster.Requests.Count;
        _cluster.Time.AdvanceMs(5_000);
        Assert.InRange(_cluster.Requests.Count - before, 3, 8);

        topic.Errors.Clear();
        _cluster.Time.AdvanceMs(1_300);
        before = _cluster.Requests.Count;
        _cluster.Time.AdvanceMs(60_000);
        Assert.Equal(before, _cluster.Requests.Count);
    }

    [Fact]
    public void A_connection_that_broke_is_made_again()
    {
        var client = _cluster.NewClient(new AdminConfig { BootstrapServers = "broker:9092" });
        _cluster.Loop.Run(client.RefreshAsync);
        _cluster.Down.Add(0);
        _cluster.Loop.Run(() => Assert.ThrowsAsync<BrokerUnavailableException>(
            () => client.SendAsync<MetadataRequest, MetadataResponse>(client.Broker(0), new MetadataRequest())));
        _cluster.Down.Clear();
        _cluster.Loop.Run(() => client.SendAsync<MetadataRequest, MetadataResponse>(client.Broker(0), new MetadataRequest()));
    }

    /// <summary>A killed broker goes out of metadata while a connection to it waits for its next attempt, and is back before that.</summary>
    [Fact]
    public void A_connection_to_a_broker_that_has_gone_meanwhile_can_be_tried_elsewhere()
    {
        var client = _cluster.NewClient(new AdminConfig { BootstrapServers = "broker:9092" });
        _cluster.Loop.Run(client.RefreshAsync);
        _cluster.Down.Add(1);
        var slot = client.Broker(1);
        _cluster.Loop.Run(() => Assert.ThrowsAsync<BrokerUnavailableException>(slot.ConnectAsync));
        var connects = _cluster.Connects;
        var waiting = _cluster.Loop.InvokeAsyncOn(() => Assert.ThrowsAnyAsync<KafkaException>(slot.ConnectAsync));
        _cluster.Loop.Run(client.RefreshAsync);
        _cluster.Down.Clear();
        _cluster.Time.AdvanceMs(1000);
        Assert.True(Assert.IsType<BrokerUnavailableException>(_cluster.Time.Await(waiting)).IsRetriable);
        Assert.Equal(connects, _cluster.Connects);
    }
}

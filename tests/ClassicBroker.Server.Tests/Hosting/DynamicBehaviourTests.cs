using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Hosting;

/// <summary>What a running broker learns from configs that change, and tells clients of features.</summary>
public sealed class DynamicBehaviourTests
{
    private readonly InProcessBroker _broker = new();

    private ErrorCode Set(sbyte type, string name, string key, string value) =>
        _broker.Connect().Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources = [new() { ResourceType = type, ResourceName = name, Configs = [new() { Name = key, ConfigOperation = 0, Value = value }] }],
            },
            1).Responses[0].ErrorCode;

    private int LeaderOf(string topic) =>
        _broker.Connect().Ask<MetadataRequest, MetadataResponse>(
            new() { Topics = [new() { Name = topic }] }, 9).Topics[0].Partitions[0].LeaderId;

    /// <summary>Makes the only in-sync replica one that is not alive, while the broker is away.</summary>
    private void LoseTheInSyncReplica(string topic)
    {
        _broker.Connect().CreateTopic(topic);
        _broker.Stop();
        var path = $"/brokers/topics/{topic}";
        _broker.ZooKeeper.Put(path, _broker.ZooKeeper.Text(path)!.Replace("[0]", "[5,0]", StringComparison.Ordinal));
        _broker.ZooKeeper.Put(
            $"{path}/partitions/0/state", """{"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":3,"isr":[5]}""");
        _broker.Start();
        Assert.Equal(-1, LeaderOf(topic));
    }

    [Fact]
    public void A_topic_that_allows_unclean_elections_gets_a_leader_at_once()
    {
        LoseTheInSyncReplica("t");
        Assert.Equal(ErrorCode.None, Set(2, "t", "unclean.leader.election.enable", "true"));
        _broker.Time.AdvanceMs(1000);
        Assert.Equal(0, LeaderOf("t"));
    }

    [Fact]
    public void So_do_all_topics_when_the_default_changes()
    {
        LoseTheInSyncReplica("t");
        Assert.Equal(ErrorCode.None, Set(4, "", "unclean.leader.election.enable", "true"));
        _broker.Time.AdvanceMs(1000);
        Assert.Equal(0, LeaderOf("t"));
    }

    [Fact]
    public void Retention_of_all_topics_follows_the_brokers()
    {
        _broker.Connect().CreateTopic("t");
        Assert.Equal(ErrorCode.None, Set(4, "", "message.max.bytes", "100"));
        _broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.MessageTooLarge, _broker.Connect().Produce("t", 0, 1, new string('x', 200)).ErrorCode);
    }

    [Fact]
    public void Recovery_threads_that_are_set_while_it_runs_load_the_logs_of_the_next_start()
    {
        Assert.Equal(1, _broker.RecoveryLoopsAsked);
        Assert.Equal(ErrorCode.None, Set(4, "", "num.recovery.threads.per.data.dir", "2"));
        _broker.Stop();
        _broker.Start();
        Assert.Equal(2, _broker.RecoveryLoopsAsked);
    }

    [Fact]
    public void Clients_are_told_the_epoch_of_the_finalised_features() =>
        Assert.Equal(
            0,
            _broker.Connect().Ask<ApiVersionsRequest, ApiVersionsResponse>(
                new() { ClientSoftwareName = "test", ClientSoftwareVersion = "1" }, 3).FinalizedFeaturesEpoch);
}

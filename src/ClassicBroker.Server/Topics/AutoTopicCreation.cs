using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Quotas;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Topics;

/// <summary>
/// Creates topics that somebody uses before they exist, where <c>auto.create.topics.enable</c> allows it. One creation of a name runs at
/// a time; who asks meanwhile is told to ask again. Threading: any.
/// </summary>
public sealed partial class AutoTopicCreation(
    DynamicBrokerConfig config,
    MetadataCache metadata,
    AdminOperations admin,
    QuotaEnforcement quotas,
    IEventLoop timers,
    ILogger<AutoTopicCreation> logger)
{
    /// <summary>How long a requester waits to hear whether the topic can be; ZooKeeper may be away for longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly BackgroundWork _late = new("auto-topic-creation", timers);
    private readonly HashSet<string> _underWay = new(StringComparer.Ordinal);

    /// <summary>Whether a topic may come to be because somebody asked for it by name.</summary>
    public bool IsEnabled => config.Current.AutoCreateTopicsEnable;

    /// <summary>What a requester is told of a topic that does not exist: LEADER_NOT_AVAILABLE where it soon will.</summary>
    /// <param name="topic">Its name.</param>
    /// <param name="load">What brokers lead, the topics created for the same request included.</param>
    /// <param name="requester">Whose quota of mutations it counts for.</param>
    public async ValueTask<ErrorCode> CreateAsync(string topic, LeadershipLoad load, RequestContext requester)
    {
        if (TopicName.Fault(topic) is not null)
        {
            return ErrorCode.InvalidTopicException;
        }

        if (!config.Current.AutoCreateTopicsEnable && !TopicName.IsInternal(topic))
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        lock (_lock)
        {
            if (!_underWay.Add(topic))
            {
                return ErrorCode.LeaderNotAvailable;
            }
        }

        var creation = CreateOneAsync(topic, load, requester);
        return await timers.EndsWithinAsync(creation, Patience, _late) ? await creation : ErrorCode.LeaderNotAvailable;
    }

    private async Task<ErrorCode> CreateOneAsync(string topic, LeadershipLoad load, RequestContext requester)
    {
        try
        {
            var (partitions, replicationFactor, overrides) = Shape(topic, config.Current);
            var (created, refusal) = await admin.AutoCreateTopicAsync(
                topic, partitions, replicationFactor, overrides, metadata.Current, load);
            if (created is not null)
            {
                quotas.CountMutations(requester, created.Partitions.Count);
            }

            return refusal is null or { Error: ErrorCode.TopicAlreadyExists } ? ErrorCode.LeaderNotAvailable : refusal.Error;
        }
        catch (ZooKeeperException failure)
        {
            LogFailed(topic, failure.Message);
            return ErrorCode.LeaderNotAvailable;
        }
        finally
        {
            lock (_lock)
            {
                _underWay.Remove(topic);
            }
        }
    }

    private static (
        int Partitions, int ReplicationFactor, SortedDictionary<string, string> Overrides) Shape(string topic, KafkaConfig config) =>
        topic switch
        {
            TopicName.ConsumerOffsets => (
                config.OffsetsTopicNumPartitions,
                config.OffsetsTopicReplicationFactor,
                new(StringComparer.Ordinal)
                {
                    ["cleanup.policy"] = "compact",
                    ["segment.bytes"] = $"{config.OffsetsTopicSegmentBytes}",
                    ["compression.type"] = "producer",
                }),
            TopicName.TransactionState => (
                config.TransactionStateLogNumPartitions,
                config.TransactionStateLogReplicationFactor,
                new(StringComparer.Ordinal)
                {
                    ["cleanup.policy"] = "compact",
                    ["segment.bytes"] = $"{config.TransactionStateLogSegmentBytes}",
                    ["compression.type"] = "uncompressed",
                    ["min.insync.replicas"] = $"{config.TransactionStateLogMinIsr}",
                    ["unclean.leader.election.enable"] = "false",
                }),
            _ => (config.NumPartitions, config.DefaultReplicationFactor, new(StringComparer.Ordinal)),
        };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Topic {Topic} could not be created now: {Reason}")]
    private partial void LogFailed(string topic, string reason);
}

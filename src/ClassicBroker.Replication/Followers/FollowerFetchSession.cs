using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// A follower's side of an incremental fetch session (KIP-227, Kafka's FetchSessionHandler): remembers what the leader has been asked, so
/// that a request names only what changed. Owned by its <see cref="ReplicaFetcher"/>. Threading: the fetcher's loop.
/// </summary>
internal sealed class FollowerFetchSession
{
    private const int NoSession = 0;
    private const int InitialEpoch = 0;
    private const short FirstVersionWithSessions = 7;
    private const short FirstVersionWithTopicIds = 13;

    private readonly Dictionary<TopicPartition, SentPartition> _sent = [];
    private readonly Dictionary<Uuid, (string Name, int Partitions)> _topics = [];
    private readonly HashSet<TopicPartition> _unwanted = [];
    private int _id = NoSession;
    private int _epoch = InitialEpoch;

    /// <summary>The partitions the session covers, with what was asked last: what an answer may be about.</summary>
    public IReadOnlyDictionary<TopicPartition, SentPartition> Sent => _sent;

    /// <summary>
    /// Writes into <paramref name="request"/> what the leader does not know yet of <paramref name="wanted"/>, and what is wanted no more.
    /// </summary>
    /// <param name="request">Gets session, topics and forgotten topics.</param>
    /// <param name="wanted">All that shall be fetched, in order.</param>
    /// <param name="partitionMaxBytes">The limit of each.</param>
    /// <param name="version">The highest version to use.</param>
    /// <returns>The version to send it in: one before topic ids where a topic has none.</returns>
    public short Build(
        FetchRequest request, IReadOnlyList<(TopicPartition Partition, SentPartition Sent)> wanted, int partitionMaxBytes, short version)
    {
        var isFull = _epoch == InitialEpoch;
        if (isFull)
        {
            _sent.Clear();
            _topics.Clear();
        }

        var toSend = new List<(TopicPartition Partition, SentPartition Sent)>();
        var toForget = new List<(TopicPartition Partition, Uuid TopicId)>();
        var replaced = new List<(TopicPartition Partition, Uuid TopicId)>();
        _unwanted.Clear();
        _unwanted.UnionWith(_sent.Keys);
        var usesTopicIds = version >= FirstVersionWithTopicIds;
        foreach (var (partition, next) in wanted)
        {
            _unwanted.Remove(partition);
            usesTopicIds &= !next.TopicId.IsZero;
            var isKnown = _sent.TryGetValue(partition, out var last);
            if (isKnown && last == next)
            {
                continue;
            }

            if (isKnown)
            {
                Forget(partition);
                if (last.TopicId != next.TopicId && !last.TopicId.IsZero)
                {
                    replaced.Add((partition, last.TopicId));
                }
            }

            Remember(partition, next);
            toSend.Add((partition, next));
        }

        foreach (var partition in _unwanted)
        {
            var topicId = Forget(partition);
            usesTopicIds &= !topicId.IsZero;
            toForget.Add((partition, topicId));
        }

        if (version >= FirstVersionWithTopicIds && !usesTopicIds)
        {
            version = FirstVersionWithTopicIds - 1;
        }

        if (version >= FirstVersionWithTopicIds)
        {
            // By name the new topic takes the place of the old one; by id the old one has to go.
            toForget.AddRange(replaced);
        }

        toForget.Sort((left, right) => left.Partition.CompareTo(right.Partition));
        request.SessionId = _id;
        request.SessionEpoch = version >= FirstVersionWithSessions ? _epoch : -1;
        request.Topics = Topics(toSend, partitionMaxBytes);
        request.ForgottenTopicsData = Forgotten(toForget);
        return version;
    }

    /// <summary>Takes the session's next step by the answer; false where the answer is a refusal of the session.</summary>
    public bool Accept(FetchResponse response)
    {
        if (response.ErrorCode != ErrorCode.None)
        {
            if (response.ErrorCode == ErrorCode.FetchSessionIdNotFound)
            {
                _id = NoSession;
            }

            _epoch = InitialEpoch;
            return false;
        }

        if (response.SessionId == NoSession)
        {
            (_id, _epoch) = (NoSession, InitialEpoch);
        }
        else if (_epoch == InitialEpoch)
        {
            (_id, _epoch) = (response.SessionId, 1);
        }
        else
        {
            _epoch = _epoch == int.MaxValue ? 1 : _epoch + 1;
        }

        return true;
    }

    /// <summary>No answer came: the next request closes the session if it is still there, and asks for a new one.</summary>
    public void Fail() => _epoch = InitialEpoch;

    /// <summary>The name of a topic of the session; null where the session has none with the id.</summary>
    public string? NameOf(Uuid topicId) => _topics.TryGetValue(topicId, out var topic) ? topic.Name : null;

    private void Remember(TopicPartition partition, SentPartition sent)
    {
        _sent[partition] = sent;
        var partitions = _topics.TryGetValue(sent.TopicId, out var topic) ? topic.Partitions : 0;
        _topics[sent.TopicId] = (partition.Topic, partitions + 1);
    }

    private Uuid Forget(TopicPartition partition)
    {
        _sent.Remove(partition, out var sent);
        var topic = _topics[sent.TopicId];
        if (topic.Partitions == 1)
        {
            _topics.Remove(sent.TopicId);
        }
        else
        {
            _topics[sent.TopicId] = topic with { Partitions = topic.Partitions - 1 };
        }

        return sent.TopicId;
    }

    private static FetchRequest.FetchTopic[] Topics(List<(TopicPartition Partition, SentPartition Sent)> toSend, int partitionMaxBytes)
    {
        var topics = new List<FetchRequest.FetchTopic>();
        var ofTopic = new List<FetchRequest.FetchPartition>();
        foreach (var (partition, sent) in toSend)
        {
            if (topics.Count == 0 || topics[^1].Topic != partition.Topic || topics[^1].TopicId != sent.TopicId)
            {
                Close(topics, ofTopic);
                topics.Add(new() { Topic = partition.Topic, TopicId = sent.TopicId });
            }

            ofTopic.Add(new()
            {
                Partition = partition.Partition,
                CurrentLeaderEpoch = sent.Followed.LeaderEpoch,
                FetchOffset = sent.FetchOffset,
                LastFetchedEpoch = sent.LastFetchedEpoch.Value,
                LogStartOffset = sent.LogStartOffset,
                PartitionMaxBytes = partitionMaxBytes,
            });
        }

        Close(topics, ofTopic);
        return [.. topics];
    }

    private static void Close(List<FetchRequest.FetchTopic> topics, List<FetchRequest.FetchPartition> partitions)
    {
        if (topics.Count > 0)
        {
            topics[^1].Partitions = [.. partitions];
            partitions.Clear();
        }
    }

    private static FetchRequest.ForgottenTopic[] Forgotten(List<(TopicPartition Partition, Uuid TopicId)> toForget) =>
        toForget.Count == 0
            ? []
            :
            [
                .. toForget.GroupBy(entry => (entry.Partition.Topic, entry.TopicId)).Select(topic => new FetchRequest.ForgottenTopic
                {
                    Topic = topic.Key.Topic,
                    TopicId = topic.Key.TopicId,
                    Partitions = [.. topic.Select(entry => entry.Partition.Partition)],
                }),
            ];
}

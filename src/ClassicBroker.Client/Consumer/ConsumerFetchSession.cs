using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Consumer;

/// <summary>
/// What a broker remembers of the partitions we fetch from it (KIP-227): after a full request only what changed is named. Threading:
/// belongs to the client's loop; one request at a time.
/// </summary>
internal sealed class ConsumerFetchSession
{
    private const int NoSession = 0;
    private const int InitialEpoch = 0;

    private readonly SortedDictionary<TopicPartition, FetchTarget> _known = [];
    private int _sessionId = NoSession;
    private int _epoch = InitialEpoch;

    /// <summary>Fills a request with <paramref name="wanted"/>, or with how that differs from what the broker remembers.</summary>
    public void Fill(FetchRequest request, IReadOnlyDictionary<TopicPartition, FetchTarget> wanted)
    {
        request.SessionId = _sessionId;
        request.SessionEpoch = _epoch;
        var isFull = _epoch == InitialEpoch;
        if (isFull)
        {
            _known.Clear();
        }

        var forgotten = _known.Keys.Where(partition => !wanted.ContainsKey(partition)).ToArray();
        request.ForgottenTopicsData = Forgotten(forgotten);
        foreach (var partition in forgotten)
        {
            _known.Remove(partition);
        }

        List<KeyValuePair<TopicPartition, FetchTarget>> changed = [];
        foreach (var (partition, target) in wanted)
        {
            if (!_known.TryGetValue(partition, out var known) || known != target)
            {
                _known[partition] = target;
                changed.Add(new(partition, target));
            }
        }

        request.Topics = Topics(changed);
    }

    /// <summary>The topic an answer of version 13 or later names by its id.</summary>
    public string? TopicOf(Uuid topicId)
    {
        foreach (var (partition, target) in _known)
        {
            if (target.TopicId == topicId)
            {
                return partition.Topic;
            }
        }

        return null;
    }

    /// <summary>Takes over the session the broker answered with; false where it refused ours and the next request is a full one.</summary>
    public bool Take(FetchResponse response)
    {
        if (response.ErrorCode != ErrorCode.None)
        {
            Reset();
            return false;
        }

        if (response.SessionId == NoSession)
        {
            Reset();
        }
        else
        {
            _sessionId = response.SessionId;
            _epoch = _epoch == int.MaxValue ? 1 : _epoch + 1;
        }

        return true;
    }

    /// <summary>What the broker remembers is unknown: start a new session.</summary>
    public void Reset()
    {
        _sessionId = NoSession;
        _epoch = InitialEpoch;
    }

    private FetchRequest.ForgottenTopic[] Forgotten(TopicPartition[] partitions) =>
        partitions
            .GroupBy(partition => (partition.Topic, _known[partition].TopicId))
            .Select(topic => new FetchRequest.ForgottenTopic
            {
                Topic = topic.Key.Topic,
                TopicId = topic.Key.TopicId,
                Partitions = topic.Select(partition => partition.Partition).ToArray(),
            })
            .ToArray();

    private static FetchRequest.FetchTopic[] Topics(List<KeyValuePair<TopicPartition, FetchTarget>> targets) =>
        targets
            .GroupBy(target => (target.Key.Topic, target.Value.TopicId))
            .Select(topic => new FetchRequest.FetchTopic
            {
                Topic = topic.Key.Topic,
                TopicId = topic.Key.TopicId,
                Partitions = topic.Select(target => new FetchRequest.FetchPartition
                {
                    Partition = target.Key.Partition,
                    CurrentLeaderEpoch = target.Value.LeaderEpoch,
                    FetchOffset = target.Value.Offset,
                    PartitionMaxBytes = target.Value.MaxBytes,
                }).ToArray(),
            })
            .ToArray();
}

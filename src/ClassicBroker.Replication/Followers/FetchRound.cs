using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// A fetch and what comes of it, round after round: says what is wanted, appends what comes, adopts the leader's offsets. Part of one
/// <see cref="ReplicaFetcher"/>. Threading: the fetcher's loop.
/// </summary>
internal sealed partial class FetchRound(FetcherContext context, LogAlignment alignment)
{
    private const short FirstVersionWithReplicaState = 15;

    /// <summary>From here on a first batch that is larger than the limits is sent whole (KIP-74).</summary>
    private const short FirstVersionBeyondLimits = 3;

    private readonly ILogger _logger = context.Environment.Logger;
    private readonly bool _cannotExceedLimit =
        context.Settings.InterBrokerProtocol.ReplicaFetchVersion() < FirstVersionBeyondLimits;

    private readonly FollowerFetchSession _session = new();
    private readonly FollowerSync _sync = new(context);
    private readonly List<(TopicPartition Partition, SentPartition Sent)> _wanted = [];
    private readonly List<TopicPartition> _advanced = [];
    private readonly List<FollowedPartition> _outOfRange = [];

    /// <summary>Fetches once; false where there is nothing to fetch for now, or where the leader did not answer.</summary>
    public async Task<bool> RunAsync()
    {
        while (_sync.Begin() is { } syncing)
        {
            await syncing;
        }

        if (context.IsStopped)
        {
            return false;
        }

        Collect();
        if (_wanted.Count == 0 && _session.Sent.Count == 0)
        {
            return false;
        }

        var (request, version) = Build();
        try
        {
            await context.Leader.FetchAsync(request, version, Process);
            context.Metrics.Requests.Increment();
        }
        catch (PeerUnreachableException unreachable)
        {
            _session.Fail();
            context.Unreachable(context.Partitions.InOrder, unreachable);
            return false;
        }

        foreach (var topicPartition in _advanced)
        {
            context.Environment.Delayed.CheckAndCompleteFetch(topicPartition);
        }

        _advanced.Clear();
        await ResetOutOfRangeAsync();
        return true;
    }

    private void Collect()
    {
        _wanted.Clear();
        var nowMs = context.NowMs;
        foreach (var followed in context.Partitions.InOrder)
        {
            if (!followed.IsReadyToFetch(nowMs))
            {
                continue;
            }

            if (followed.Log is { } log)
            {
                if (!followed.IsReplicaInSync && context.Environment.Quota is { } quota && quota.IsThrottled(log) && quota.IsExceeded)
                {
                    continue;
                }

                _wanted.Add((followed.TopicPartition, new SentPartition(
                    followed,
                    followed.FetchOffset,
                    log.LogStartOffset,
                    context.Settings.TruncatesOnFetch ? followed.LastFetchedEpoch : LeaderEpoch.None)));
            }
            else
            {
                context.MarkFailed(followed, "the replica is gone");
            }
        }
    }

    private (FetchRequest Request, short Version) Build()
    {
        var settings = context.Settings;
        var request = new FetchRequest
        {
            MaxWaitMs = settings.MaxWaitMs,
            MinBytes = settings.MinBytes,
            MaxBytes = settings.ResponseMaxBytes,
        };
        var version = _session.Build(
            request, _wanted, settings.PartitionMaxBytes, settings.InterBrokerProtocol.ReplicaFetchVersion());
        if (version >= FirstVersionWithReplicaState)
        {
            request.ReplicaState = new() { ReplicaId = settings.BrokerId.Value, ReplicaEpoch = context.Environment.BrokerEpoch() };
        }
        else
        {
            request.ReplicaId = settings.BrokerId.Value;
        }

        return (request, version);
    }

    /// <summary>Takes the answer while its records lie in the receive buffer.</summary>
    private void Process(FetchResponse response)
    {
        if (!_session.Accept(response))
        {
            LogSessionRefused(response.ErrorCode);
            return;
        }

        var nowMs = context.NowMs;
        foreach (var topic in response.Responses)
        {
            if ((topic.Topic.Length > 0 ? topic.Topic : _session.NameOf(topic.TopicId)) is not { } name)
            {
                continue;
            }

            foreach (var answer in topic.Partitions)
            {
                var topicPartition = new TopicPartition(name, answer.PartitionIndex);

                // The answer is about what was asked: not about what was removed, began another epoch or was cut since.
                if (_session.Sent.TryGetValue(topicPartition, out var sent)
                    && context.Partitions.Contains(sent.Followed)
                    && sent.Followed.FetchOffset == sent.FetchOffset
                    && sent.Followed.IsReadyToFetch(nowMs))
                {
                    Process(sent.Followed, answer);
                }
            }
        }
    }

    private void Process(FollowedPartition followed, FetchResponse.PartitionData answer)
    {
        switch (answer.ErrorCode)
        {
            case ErrorCode.None when answer.DivergingEpoch is { EndOffset: >= 0 } diverging:
                var end = new EpochEndOffset(new LeaderEpoch(diverging.Epoch), diverging.EndOffset);
                context.Guarded(followed, () => alignment.Truncate(followed, end));
                break;
            case ErrorCode.None:
                context.Guarded(followed, () => Take(followed, answer));
                break;
            case ErrorCode.OffsetOutOfRange:
                _outOfRange.Add(followed);
                break;
            default:
                context.Refused(followed, answer.ErrorCode);
                break;
        }
    }

    private void Take(FollowedPartition followed, FetchResponse.PartitionData answer)
    {
        if (followed.Log is not { } log)
        {
            return;
        }

        var isOfLaterEpoch = false;
        var isAppended = log.LogEndOffset == followed.FetchOffset
            && (answer.Records.Length == 0 || TryAppend(followed, answer.Records.Memory, out isOfLaterEpoch));
        if (!isAppended)
        {
            BeginAgainAtEnd(followed);
            return;
        }

        if (isOfLaterEpoch)
        {
            // So is the high watermark: it may count records in whose place this replica has others, still to be cut.
            return;
        }

        followed.Lag = Math.Max(0, answer.HighWatermark - followed.FetchOffset);
        if (followed.Partition.Follower.Adopt(
            followed.LeaderEpoch, answer.HighWatermark, answer.LogStartOffset, followed.LeaderEpochStart))
        {
            _advanced.Add(followed.TopicPartition);
        }
    }

    /// <summary>Another fetcher had the partition a moment ago, before their number changed, and has appended.</summary>
    private void BeginAgainAtEnd(FollowedPartition followed)
    {
        if (followed.Log is { } log && log.LogEndOffset != followed.FetchOffset)
        {
            LogOffsetMismatch(followed.TopicPartition, followed.FetchOffset, log.LogEndOffset);
            followed.Begin(log, context.Settings.TruncatesOnFetch);
        }
    }

    /// <summary>False where the replica has left the epoch, or ends elsewhere.</summary>
    private bool TryAppend(FollowedPartition followed, ReadOnlyMemory<byte> records, out bool isOfLaterEpoch)
    {
        isOfLaterEpoch = false;
        if (followed.Partition.Follower.Append(followed.LeaderEpoch, followed.FetchOffset, records) is not { } appended)
        {
            return false;
        }

        if (context.Environment.Quota is { } quota && followed.Log is { } log && quota.IsThrottled(log))
        {
            quota.Record(records.Length);
        }

        isOfLaterEpoch = appended.IsEndedByLaterEpoch;
        context.Metrics.Bytes.Add(records.Length);
        context.Environment.Replicated?.Invoke(followed.Partition, records.Length);

        // A piece of a batch, where the batch was larger than the limit, appends nothing. Only the last offset counts: compressed sets of
        // old formats do not tell their first.
        if (appended.LastOffset >= followed.FetchOffset)
        {
            followed.FetchOffset = appended.LastOffset + 1;

            // Of the log there is now: a move to another directory may have put it in the place of the one that was there before.
            followed.LastFetchedEpoch = followed.Log?.LatestEpoch ?? LeaderEpoch.None;
            context.Partitions.MoveToEnd(followed);
        }
        else if (_cannotExceedLimit && !isOfLaterEpoch)
        {
            LogOversized(followed.TopicPartition);
            context.Delay(followed);
        }

        if (isOfLaterEpoch)
        {
            // The next LeaderAndIsr tells of it; until then the answers to further fetches may be the same.
            LogLaterEpoch(followed.TopicPartition, followed.FetchOffset, followed.LeaderEpoch);
            context.Delay(followed);
        }

        return true;
    }

    private async Task ResetOutOfRangeAsync()
    {
        foreach (var followed in _outOfRange)
        {
            if (!context.IsStopped && context.Partitions.Contains(followed))
            {
                await alignment.ResetAsync(followed);
            }
        }

        _outOfRange.Clear();
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Offset mismatch for partition {Partition}: fetched offset = {Fetched}, log end offset = {End}; beginning again")]
    private partial void LogOffsetMismatch(TopicPartition partition, long fetched, long end);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Replication is failing due to a message that is greater than replica.fetch.max.bytes for partition {Partition}. "
            + "This generally occurs when the max.message.bytes has been overridden to exceed this value and a suitably large message has "
            + "also been sent. To fix this problem increase replica.fetch.max.bytes in your broker config to be equal or larger than your "
            + "settings for max.message.bytes, both at a broker and topic level")]
    private partial void LogOversized(TopicPartition partition);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Left out what the leader of partition {Partition} sent from offset {Offset} on: it is of a later epoch than {Epoch}")]
    private partial void LogLaterEpoch(TopicPartition partition, long offset, int epoch);

    [LoggerMessage(Level = LogLevel.Information, Message = "The leader refused the fetch session with {Error}; asking for a new one")]
    private partial void LogSessionRefused(ErrorCode error);
}

using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Transactions.Markers;

/// <summary>
/// Takes the markers of decided transactions to the leaders of their partitions, and tries again until each has its own: one request to a
/// broker at a time, with everything that came together meanwhile (Kafka's TransactionMarkerChannelManager). Owned by the coordinator.
/// Threading: the coordinator's loop.
/// </summary>
internal sealed partial class MarkerChannel(IMarkerTargets targets, CoordinatorTimers timers, ILogger logger)
{
    /// <summary>Between two attempts for the same partition.</summary>
    public const int RetryBackoffMs = 100;

    private readonly Dictionary<int, BrokerQueue> _queues = [];
    private readonly BackgroundWork _work = new("transaction-markers", timers.Loop);
    private int _withoutLeader;

    /// <summary>Markers that wait for their partition to have a leader. Any thread.</summary>
    public int WithoutLeader => Volatile.Read(ref _withoutLeader);

    /// <summary>
    /// Ends with true once every partition has its marker, with false where the transaction is not this coordinator's any more.
    /// </summary>
    public Task<bool> DeliverAsync(MarkerDelivery delivery)
    {
        delivery.CompleteIfDone();
        Route(delivery, delivery.Partitions);
        return delivery.Outcome;
    }

    private void Route(MarkerDelivery delivery, IReadOnlyCollection<TopicPartition> partitions)
    {
        if (!delivery.IsWanted)
        {
            return;
        }

        var withoutLeader = new List<TopicPartition>();
        foreach (var partition in partitions.Where(delivery.IsRemaining))
        {
            if (targets.LeaderOf(partition) is { } leader)
            {
                QueueOf(leader).Add(delivery, partition);
            }
            else
            {
                withoutLeader.Add(partition);
            }
        }

        if (withoutLeader.Count > 0)
        {
            _work.Run(() => AwaitLeadersAsync(delivery, withoutLeader));
        }

        // In the order of ids, so that a simulated run repeats.
        foreach (var broker in _queues.Keys.Order().ToArray())
        {
            Pump(broker);
        }
    }

    private BrokerQueue QueueOf(int brokerId)
    {
        if (!_queues.TryGetValue(brokerId, out var queue))
        {
            _queues.Add(brokerId, queue = new BrokerQueue());
        }

        return queue;
    }

    /// <summary>A partition that is gone needs no marker; one without a leader gets it later.</summary>
    private async Task AwaitLeadersAsync(MarkerDelivery delivery, List<TopicPartition> partitions)
    {
        var deleted = new List<TopicPartition>();
        Interlocked.Add(ref _withoutLeader, partitions.Count);
        foreach (var partition in partitions)
        {
            if (await targets.IsDeletedAsync(partition))
            {
                LogDeleted(partition, delivery.TransactionalId);
                deleted.Add(partition);
            }
        }

        delivery.Done(deleted);
        timers.Schedule(
            () =>
            {
                Interlocked.Add(ref _withoutLeader, -partitions.Count);
                Route(delivery, partitions);
            },
            RetryBackoffMs);
    }

    private void Retry(MarkerDelivery delivery, IReadOnlyCollection<TopicPartition> partitions)
    {
        if (partitions.Count > 0 && delivery.IsWanted)
        {
            timers.Schedule(() => Route(delivery, partitions), RetryBackoffMs);
        }
    }

    private void Pump(int brokerId)
    {
        var queue = QueueOf(brokerId);
        if (!queue.IsBusy && queue.TakeAll() is { Count: > 0 } entries)
        {
            queue.IsBusy = true;
            _work.Run(() => SendAsync(brokerId, queue, entries));
        }
    }

    private async Task SendAsync(int brokerId, BrokerQueue queue, List<(MarkerDelivery Delivery, List<TopicPartition> Partitions)> entries)
    {
        var response = await targets.WriteAsync(brokerId, new() { Markers = [.. entries.Select(MarkerOf)] });
        queue.IsBusy = false;
        var results = response is null ? [] : ResultsOf(response);
        foreach (var (delivery, partitions) in entries)
        {
            // One that is not in the answer has no marker yet.
            var outcomes = partitions.ToLookup(
                partition => FateOf(
                    delivery, partition, results.GetValueOrDefault((delivery.ProducerId, partition), ErrorCode.NetworkException)));
            delivery.Done([.. outcomes[MarkerFate.Written]]);
            if (outcomes[MarkerFate.GivenUp].Any())
            {
                delivery.GiveUp();
            }

            Retry(delivery, [.. outcomes[MarkerFate.Retried]]);
        }

        Pump(brokerId);
    }

    private MarkerFate FateOf(MarkerDelivery delivery, TopicPartition partition, ErrorCode error)
    {
        switch (error)
        {
            case ErrorCode.None or ErrorCode.UnsupportedForMessageFormat or ErrorCode.UnsupportedVersion:
                return MarkerFate.Written;
            case ErrorCode.InvalidProducerEpoch or ErrorCode.TransactionCoordinatorFenced:
                // The partition has seen a newer producer or coordinator. The decision stays in the log, for the next load.
                LogGivenUp(delivery.TransactionalId, partition, error);
                return MarkerFate.GivenUp;
            default:
                LogRetried(delivery.TransactionalId, partition, error);
                return MarkerFate.Retried;
        }
    }

    private static Dictionary<(long ProducerId, TopicPartition Partition), ErrorCode> ResultsOf(WriteTxnMarkersResponse response)
    {
        var results = new Dictionary<(long, TopicPartition), ErrorCode>();
        foreach (var marker in response.Markers)
        {
            foreach (var topic in marker.Topics)
            {
                foreach (var partition in topic.Partitions)
                {
                    results[(marker.ProducerId, new(topic.Name, partition.PartitionIndex))] = partition.ErrorCode;
                }
            }
        }

        return results;
    }

    private static WriteTxnMarkersRequest.WritableTxnMarker MarkerOf((MarkerDelivery Delivery, List<TopicPartition> Partitions) entry) =>
        new()
        {
            ProducerId = entry.Delivery.ProducerId,
            ProducerEpoch = entry.Delivery.ProducerEpoch,
            CoordinatorEpoch = entry.Delivery.CoordinatorEpoch,
            TransactionResult = entry.Delivery.IsCommit,
            Topics =
            [
                .. entry.Partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new WriteTxnMarkersRequest.WritableTxnMarkerTopic
                    {
                        Name = topic.Key,
                        PartitionIndexes = [.. topic.Select(partition => partition.Partition)],
                    }),
            ],
        };

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Partition {Partition} has been deleted; the transaction of {TransactionalId} needs no marker there")]
    private partial void LogDeleted(TopicPartition partition, string transactionalId);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The marker of {TransactionalId} for {Partition} was refused with {Error}; "
            + "the transaction stays decided until its partition of __transaction_state is loaded again")]
    private partial void LogGivenUp(string transactionalId, TopicPartition partition, ErrorCode error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The marker of {TransactionalId} for {Partition} is sent again after {Error}")]
    private partial void LogRetried(string transactionalId, TopicPartition partition, ErrorCode error);

    private enum MarkerFate
    {
        Written,
        Retried,
        GivenUp,
    }

    /// <summary>What waits for one broker.</summary>
    private sealed class BrokerQueue
    {
        private OrderedDictionary<MarkerDelivery, List<TopicPartition>> _waiting = [];

        public bool IsBusy { get; set; }

        public void Add(MarkerDelivery delivery, TopicPartition partition)
        {
            if (!_waiting.TryGetValue(delivery, out var partitions))
            {
                _waiting.Add(delivery, partitions = []);
            }

            partitions.Add(partition);
        }

        public List<(MarkerDelivery Delivery, List<TopicPartition> Partitions)> TakeAll()
        {
            var taken = _waiting.Where(entry => entry.Key.IsWanted).Select(entry => (entry.Key, entry.Value)).ToList();
            _waiting = [];
            return taken;
        }
    }
}

using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// Sends records to whom it believes to lead, one by one or, as an idempotent producer may, a few at once, and tells the history what became
/// of each. Threading: the client loop.
/// </summary>
internal sealed class SimulatedProducer(
    SimulatedCluster cluster, ClientHistory history, ProducerKind kind, int number, IReadOnlyList<TopicPartition> partitions)
{
    private const short Version = 9;
    private const short InitProducerIdVersion = 4;
    private const int PauseMsMax = 120;

    private readonly SimulatedClients _clients = new(cluster, $"producer-{number}");
    private readonly Dictionary<TopicPartition, int> _sequences = [];
    private int _nextValue;
    private bool _isStopped;
    private long _producerId = RecordFormat.NoProducerId;
    private short _producerEpoch = RecordFormat.NoProducerEpoch;

    /// <summary>Told of each record acknowledged to <c>acks=all</c>, by its partition and offset.</summary>
    public Action<TopicPartition, long>? Acknowledged { get; init; }

    /// <summary>Bytes that each record is longer than its value.</summary>
    public int PaddingBytes { get; init; }

    /// <summary>Batches of an idempotent producer under way at once.</summary>
    public int InFlightMax { get; init; } = 1;

    /// <summary>The sequence of an idempotent producer's first record in each partition.</summary>
    public int FirstSequence { get; init; }

    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = cluster.ClientLoop.InvokeAsync(RunAsync);

    /// <summary>Ends after the record under way; one of an idempotent producer is sent until it is acknowledged.</summary>
    public void Stop() => _isStopped = true;

    private async Task RunAsync()
    {
        while (!_isStopped)
        {
            if (cluster.IsAtRest)
            {
                await PauseAsync(PauseMsMax);
                continue;
            }

            var partition = partitions[cluster.Random.Next(partitions.Count)];
            if (kind == ProducerKind.Idempotent)
            {
                var count = InFlightMax == 1 ? 1 : 1 + cluster.Random.Next(InFlightMax);
                await SendUntilAcknowledgedAsync(partition, [.. Enumerable.Range(0, count).Select(_ => NextValue())]);
            }
            else
            {
                var value = NextValue();
                if (cluster.LeaderOf(partition) is >= 0 and var leader)
                {
                    await (kind == ProducerKind.AcksNone ? SendUnacknowledgedAsync(partition, value, leader) : SendOnceAsync(partition, value, leader));
                }
            }

            await PauseAsync(PauseMsMax);
        }

        _clients.Dispose();
    }

    private string NextValue() => $"{number}:{_nextValue++}";

    private Task PauseAsync(int maxMs) => cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(1 + cluster.Random.Next(maxMs)));

    private async Task SendOnceAsync(TopicPartition partition, string value, int leader)
    {
        var lastBefore = history.LastAcknowledged(partition);
        var acks = (short)(kind == ProducerKind.AcksLeader ? 1 : -1);
        var view = LeadershipView.Of(cluster.Broker(leader), partition);
        var answer = await ProduceAsync(partition, leader, acks, Batch(value));
        switch (answer?.ErrorCode)
        {
            case ErrorCode.None when acks == 1:
                TakeFromLeader(partition, value, leader, answer.BaseOffset, view);
                break;
            case ErrorCode.None:
                history.Acknowledge(partition, value, answer.BaseOffset, lastBefore);
                Acknowledged?.Invoke(partition, answer.BaseOffset);
                break;
            case ErrorCode.NotEnoughReplicas:
                // This one is said before anything is appended; others may follow an append.
                history.Refuse(value);
                break;
        }

        if (answer is not { ErrorCode: ErrorCode.None })
        {
            await PauseAsync(200);
        }
    }

    /// <summary>
    /// Sends without waiting for an answer. A question right behind it on the same connection tells whether the broker took it: requests are
    /// handled in order, and a refusal closes the connection.
    /// </summary>
    private async Task SendUnacknowledgedAsync(TopicPartition partition, string value, int leader)
    {
        var view = LeadershipView.Of(cluster.Broker(leader), partition);
        var from = cluster.Broker(leader).LogOf(partition)?.LogEndOffset ?? 0;
        var sent = ProduceAsync(partition, leader, acks: 0, Batch(value));
        var asked = _clients.ListOffsetAsync(partition, leader, LeaderEpoch.None.Value, SimulatedClients.LatestTimestamp);
        await sent;
        if (await asked is not null)
        {
            TakeFromLeader(partition, value, leader, from, view);
        }
        else
        {
            // Its connection ended: it may have been taken before that, or not.
            if (LeadershipView.Find(cluster.Broker(leader), partition, from, value) is { } found)
            {
                history.TakeByLeader(partition, value, found.Offset, found.LeaderEpoch);
            }

            await PauseAsync(200);
        }
    }

    /// <summary>
    /// A leader has said that it took a record, and did not wait for others: it is in its log, unless it has ceased to lead since the send.
    /// </summary>
    private void TakeFromLeader(TopicPartition partition, string value, int leader, long from, LeadershipView? viewBefore)
    {
        var broker = cluster.Broker(leader);
        if (LeadershipView.Find(broker, partition, from, value) is { } found)
        {
            history.TakeByLeader(partition, value, found.Offset, found.LeaderEpoch);
        }
        else if (viewBefore is { } view && view == LeadershipView.Of(broker, partition) && broker.LogOf(partition)!.LogStartOffset <= from)
        {
            throw new InvariantBrokenException(
                "H16", $"broker {leader} leads {partition} in epoch {view.LeaderEpoch}, took {value}, and does not have it from {from} on");
        }
    }

    private async Task SendUntilAcknowledgedAsync(TopicPartition partition, string[] values)
    {
        if (_producerId == RecordFormat.NoProducerId && !await TryGetProducerIdAsync())
        {
            return;
        }

        var first = _sequences.GetValueOrDefault(partition, FirstSequence);
        var lastBefore = history.LastAcknowledged(partition);
        var offsets = new long[values.Length];
        List<int> open = [.. Enumerable.Range(0, values.Length)];
        while (true)
        {
            if (cluster.LeaderOf(partition) is >= 0 and var leader)
            {
                await SendOpenAsync(partition, leader, values, first, lastBefore, open, offsets);
            }

            if (open.Count == 0)
            {
                _sequences[partition] = ProducerSequence.Add(first, values.Length);
                RequireAscending(partition, values, offsets);
                return;
            }

            await PauseAsync(200);
        }
    }

    /// <summary>Sends at once what is not acknowledged, in order: what is behind a batch that is refused is refused for coming too early.</summary>
    private async Task SendOpenAsync(
        TopicPartition partition, int leader, string[] values, int first, long lastBefore, List<int> open, long[] offsets)
    {
        var head = open[0];
        var sent = open
            .Select(place => (Place: place, Answer: ProduceAsync(partition, leader, -1, Batch(values[place], ProducerSequence.Add(first, place)))))
            .ToArray();
        foreach (var (place, pending) in sent)
        {
            var answer = await pending;
            switch (answer?.ErrorCode)
            {
                case ErrorCode.None:
                    // A retry may be told where the record has been since before others were acknowledged behind it.
                    history.Acknowledge(partition, values[place], answer.BaseOffset, lastBefore);
                    Acknowledged?.Invoke(partition, answer.BaseOffset);
                    offsets[place] = answer.BaseOffset;
                    open.Remove(place);
                    break;
                case ErrorCode.DuplicateSequenceNumber:
                    history.AcknowledgeSomewhere(partition, values[place]);
                    offsets[place] = RecordFormat.NoOffset;
                    open.Remove(place);
                    break;
                case ErrorCode.OutOfOrderSequenceNumber when place != head:
                    break;
                case ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId or ErrorCode.InvalidProducerEpoch:
                    throw new InvariantBrokenException(
                        "H3", $"an idempotent producer got {answer.ErrorCode} for {values[place]} in {partition}");
            }
        }
    }

    private static void RequireAscending(TopicPartition partition, string[] values, long[] offsets)
    {
        var before = RecordFormat.NoOffset;
        for (var place = 0; place < offsets.Length; place++)
        {
            if (offsets[place] != RecordFormat.NoOffset)
            {
                if (offsets[place] <= before)
                {
                    throw new InvariantBrokenException(
                        "H4", $"{values[place]} is at {offsets[place]} of {partition}, and what was sent before it at {before}");
                }

                before = offsets[place];
            }
        }
    }

    private async Task<bool> TryGetProducerIdAsync()
    {
        var answer = await _clients.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(
            cluster.Random.Next(cluster.Brokers.Count), new() { TransactionalId = null, TransactionTimeoutMs = 60_000 }, InitProducerIdVersion);
        if (answer is { ErrorCode: ErrorCode.None })
        {
            (_producerId, _producerEpoch) = (answer.ProducerId, answer.ProducerEpoch);
        }

        return _producerId != RecordFormat.NoProducerId;
    }

    private async Task<ProduceResponse.PartitionProduceResponse?> ProduceAsync(
        TopicPartition partition, int leader, short acks, byte[] records)
    {
        var request = new ProduceRequest
        {
            Acks = acks,
            TimeoutMs = 2_000,
            TopicData = [new() { Name = partition.Topic, PartitionData = [new() { Index = partition.Partition, Records = records }] }],
        };
        return (await _clients.AskAsync<ProduceRequest, ProduceResponse>(leader, request, Version)) is { Responses: [var topic, ..] }
            ? topic.PartitionResponses[0] : null;
    }

    private byte[] Batch(string value, int sequence = RecordFormat.NoSequence)
    {
        using var builder = new RecordBatchBuilder(initialCapacity: 256);
        if (sequence != RecordFormat.NoSequence)
        {
            (builder.ProducerId, builder.ProducerEpoch, builder.BaseSequence) = (_producerId, _producerEpoch, sequence);
        }

        builder.Append(cluster.Time.UnixMs(), PaddingBytes == 0 ? null : new byte[PaddingBytes], Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }
}

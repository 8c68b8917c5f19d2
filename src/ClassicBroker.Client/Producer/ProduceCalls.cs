using ClassicBroker.Client.Cluster;
using ClassicBroker.Client.Producer.Transactions;
using ClassicBroker.Platform;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// Produce requests under way: how many to each broker, and the handing of each answer to its batches. Threading: the client's loop.
/// </summary>
internal sealed class ProduceCalls(
    ProducerConfig config,
    ClusterClient cluster,
    RecordAccumulator accumulator,
    Idempotence? idempotence,
    ProducerTransactions? transactions,
    Action wake)
{
    /// <summary>The version of Kafka 0.8, in which acks may count replicas. Its messages have format 0.</summary>
    private const short LastVersionWithAnyAcks = 0;

    private readonly Dictionary<int, int> _inFlight = [];
    private readonly HashSet<PartitionQueue> _busy = [];
    private readonly List<ProducerBatch> _underWay = [];
    private readonly BackgroundWork _calls = new("produce", cluster.Loop);

    public BatchOutcomes Outcomes { get; } = new(config, cluster, accumulator, transactions);

    /// <summary>Requests a broker owes an answer to.</summary>
    public int InFlight(int broker) => _inFlight.GetValueOrDefault(broker);

    /// <summary>When the time of the first batch is over whose broker owes an answer.</summary>
    public long NextExpiryMs()
    {
        var nextMs = long.MaxValue;
        foreach (var batch in _underWay)
        {
            nextMs = batch.IsDone ? nextMs : Math.Min(nextMs, EndsAtMs(batch));
        }

        return nextMs;
    }

    /// <summary>Fails batches whose time is over while their brokers owe an answer.</summary>
    public void Expire(long nowMs)
    {
        foreach (var batch in _underWay)
        {
            if (!batch.IsDone && nowMs >= EndsAtMs(batch))
            {
                Outcomes.ExpireInFlight(batch);
            }
        }
    }

    /// <summary>True while a queue's first batch must stay, for the sake of order or until its partition is in the transaction.</summary>
    public bool MustWait(PartitionQueue queue, ProducerBatch first) =>
        transactions?.IsAdded(queue) == false
            || (idempotence?.MustWait(queue, first) ?? (config.MaxInFlight == 1 && _busy.Contains(queue)));

    /// <summary>Sends batches, one of each partition, and sees to what becomes of them.</summary>
    public void Send(BrokerSlot broker, List<ProducerBatch> batches) => _calls.Run(() => SendAsync(broker, batches));

    private async Task SendAsync(BrokerSlot broker, List<ProducerBatch> batches)
    {
        Started(broker, batches);
        using var converted = CountsReplicas ? new PooledBuffer() : null;
        try
        {
            var request = Request(batches, converted is null ? null : Convert(batches, converted));
            var answer = await broker.SendAsync<ProduceRequest, ProduceResponse>(
                request, config.RequestTimeout, CountsReplicas ? LastVersionWithAnyAcks : short.MaxValue);
            Ended(broker, batches);
            if (config.Acks == Acks.None)
            {
                Outcomes.SucceedUnacknowledged(batches);
            }
            else
            {
                Outcomes.Take(batches, answer.Message, broker.Id);
            }
        }
        catch (KafkaException failure)
        {
            Ended(broker, batches);
            Outcomes.TakeFailure(batches, failure);
        }

        wake();
    }

    private long EndsAtMs(ProducerBatch batch) => batch.CreatedMs + (long)config.DeliveryTimeout.TotalMilliseconds;

    private bool CountsReplicas => (short)config.Acks > (short)Acks.Leader;

    private ProduceRequest Request(List<ProducerBatch> batches, Dictionary<ProducerBatch, Memory<byte>>? converted) => new()
    {
        TransactionalId = config.TransactionalId,
        Acks = (short)config.Acks,
        TimeoutMs = (int)config.RequestTimeout.TotalMilliseconds,
        TopicData = batches
            .GroupBy(batch => batch.Queue.Partition.Topic, StringComparer.Ordinal)
            .Select(topic => new ProduceRequest.TopicProduceData
            {
                Name = topic.Key,
                PartitionData = topic.Select(batch => new ProduceRequest.PartitionProduceData
                {
                    Index = batch.Queue.Partition.Partition,
                    Records = converted is null ? batch.Bytes : converted[batch],
                }).ToArray(),
            })
            .ToArray(),
    };

    /// <summary>The batches' messages in format 0, one behind the other in the buffer.</summary>
    private static Dictionary<ProducerBatch, Memory<byte>> Convert(List<ProducerBatch> batches, PooledBuffer converted)
    {
        var ends = new int[batches.Count];
        for (var i = 0; i < ends.Length; i++)
        {
            RecordConverter.DownConvert(batches[i].Bytes.Span, RecordFormat.MagicV0, fetchOffset: 0, converted);
            ends[i] = converted.Length;
        }

        // The buffer moves where it grows, and is full only now.
        return batches
            .Select((batch, i) => KeyValuePair.Create(batch, converted.Memory[(i == 0 ? 0 : ends[i - 1])..ends[i]]))
            .ToDictionary();
    }

    private void Started(BrokerSlot broker, List<ProducerBatch> batches)
    {
        _inFlight[broker.Id] = InFlight(broker.Id) + 1;
        foreach (var batch in batches)
        {
            batch.Attempts++;
            batch.IsInFlight = true;
            _busy.Add(batch.Queue);
            _underWay.Add(batch);
        }
    }

    private void Ended(BrokerSlot broker, List<ProducerBatch> batches)
    {
        _inFlight[broker.Id]--;
        foreach (var batch in batches)
        {
            batch.IsInFlight = false;
            _busy.Remove(batch.Queue);
            _underWay.Remove(batch);
        }
    }
}

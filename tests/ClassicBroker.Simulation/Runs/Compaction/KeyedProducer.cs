using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Compaction;

/// <summary>Writes values of a few keys, again and again, and deletes some. Threading: the client loop.</summary>
internal sealed class KeyedProducer(
    SimulatedCluster cluster, CompactedLog oracle, CompactionWorkload workload, int number, TopicPartition partition)
{
    private const short Version = 9;
    private const short InitProducerIdVersion = 4;
    private const int OneTombstoneIn = 5;
    private const int EarlyRecords = 5;

    private readonly SimulatedClients _clients = new(cluster, $"keyed-producer-{number}");
    private int _nextValue;
    private int _sent;
    private bool _isStopped;
    private short _epoch = RecordFormat.NoProducerEpoch;

    public long ProducerId { get; private set; } = RecordFormat.NoProducerId;

    /// <summary>The sequence number of its last record, which was acknowledged; negative for none.</summary>
    public int LastSequence { get; private set; } = RecordFormat.NoSequence;

    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = cluster.ClientLoop.InvokeAsync(RunAsync);

    /// <summary>Ends after the record under way.</summary>
    public void Stop() => _isStopped = true;

    private async Task RunAsync()
    {
        while (!_isStopped && !(workload.RetiresEarly && number == 0 && _sent == EarlyRecords))
        {
            if (!cluster.IsAtRest && (!workload.IsIdempotent || await TryGetProducerIdAsync()))
            {
                await SendAsync();
            }

            await PauseAsync(25);
        }

        _clients.Dispose();
    }

    private Task PauseAsync(int maxMs) => cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(1 + cluster.Random.Next(maxMs)));

    private async Task SendAsync()
    {
        _sent++;
        var key = $"k{cluster.Random.Next(workload.Keys)}";
        var value = cluster.Random.OneIn(OneTombstoneIn) ? null : $"{number}:{_nextValue++}";
        while (true)
        {
            var answer = await ProduceAsync(Batch(key, value));
            switch (answer?.ErrorCode)
            {
                case ErrorCode.None:
                    oracle.Acknowledge(answer.BaseOffset, key, value);
                    LastSequence += workload.IsIdempotent ? 1 : 0;
                    return;
                case ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId or ErrorCode.InvalidProducerEpoch:
                    throw new InvariantBrokenException("H3", $"an idempotent producer got {answer.ErrorCode} for {key}={value} in {partition}");
            }

            await PauseAsync(200);
            if (!workload.IsIdempotent)
            {
                return;
            }
        }
    }

    private async Task<bool> TryGetProducerIdAsync()
    {
        if (ProducerId == RecordFormat.NoProducerId)
        {
            var answer = await _clients.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(
                cluster.Random.Next(cluster.Brokers.Count), new() { TransactionalId = null, TransactionTimeoutMs = 60_000 }, InitProducerIdVersion);
            if (answer is { ErrorCode: ErrorCode.None })
            {
                (ProducerId, _epoch) = (answer.ProducerId, answer.ProducerEpoch);
            }
        }

        return ProducerId != RecordFormat.NoProducerId;
    }

    private async Task<ProduceResponse.PartitionProduceResponse?> ProduceAsync(byte[] records)
    {
        if (cluster.LeaderOf(partition) is not (>= 0 and var leader))
        {
            return null;
        }

        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 2_000,
            TopicData = [new() { Name = partition.Topic, PartitionData = [new() { Index = partition.Partition, Records = records }] }],
        };
        return (await _clients.AskAsync<ProduceRequest, ProduceResponse>(leader, request, Version))?.Responses[0].PartitionResponses[0];
    }

    private byte[] Batch(string key, string? value)
    {
        using var builder = new RecordBatchBuilder(initialCapacity: 256);
        if (workload.IsIdempotent)
        {
            (builder.ProducerId, builder.ProducerEpoch, builder.BaseSequence) = (ProducerId, _epoch, LastSequence + 1);
        }

        builder.Append(cluster.Time.UnixMs(), Encoding.UTF8.GetBytes(key), value is null ? NullableBytes.Null : Encoding.UTF8.GetBytes(value));
        return builder.Build().ToArray();
    }
}

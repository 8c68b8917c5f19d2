using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Tests;

/// <summary>
/// The partitions of a <see cref="FakeCluster"/> as logs in memory: takes produced batches, checks sequences as a broker does, and serves
/// fetches and offsets. Threading: the test's thread.
/// </summary>
internal sealed class FakeLog
{
    private readonly SortedDictionary<TopicPartition, List<byte[]>> _batches = [];
    private readonly Dictionary<(TopicPartition, long), (short Epoch, int Next)> _sequences = [];

    public FakeLog(FakeCluster cluster)
    {
        Cluster = cluster;
        cluster.Handle<ProduceRequest, ProduceResponse>(Produce);
        cluster.Handle<ListOffsetsRequest, ListOffsetsResponse>((_, request) => ListOffsets(request));
        cluster.HandleAsync<FetchRequest, FetchResponse>(FetchAsync);
    }

    public FakeCluster Cluster { get; }

    /// <summary>Asked before a batch is taken; anything but none refuses it.</summary>
    public Func<TopicPartition, RecordBatchHeaderView, ErrorCode> Refusal { get; set; } = (_, _) => ErrorCode.None;

    /// <summary>Called before every fetch.</summary>
    public Action Fetching { get; set; } = () => { };

    /// <summary>Aborted transactions told with every fetch.</summary>
    public FetchResponse.AbortedTransaction[] Aborted { get; set; } = [];

    /// <summary>The oldest offset there is.</summary>
    public long LogStart { get; set; }

    /// <summary>Partitions whose fetches fail.</summary>
    public Dictionary<TopicPartition, ErrorCode> FetchErrors { get; } = [];

    /// <summary>All producers' sequences are gone, as by retention.</summary>
    public void ForgetProducers() => _sequences.Clear();

    public long EndOffset(TopicPartition partition) =>
        Batches(partition).Count == 0 ? 0 : new RecordBatchHeader(Batches(partition)[^1]).LastOffset + 1;

    /// <summary>Appends a batch of text records and returns its first offset.</summary>
    public long Append(TopicPartition partition, params string[] values) => Append(partition, new RecordBatchBuilder(), values);

    public long Append(TopicPartition partition, RecordBatchBuilder builder, params string[] values)
    {
        foreach (var value in values)
        {
            builder.Append(1000, NullableBytes.Null, System.Text.Encoding.UTF8.GetBytes(value));
        }

        return AppendBatch(partition, builder.Build().ToArray());
    }

    public long AppendBatch(TopicPartition partition, byte[] batch)
    {
        var baseOffset = EndOffset(partition);
        RecordBatchHeader.SetBaseOffset(batch, baseOffset);
        Batches(partition).Add(batch);
        return baseOffset;
    }

    /// <summary>All record values of a partition, in order.</summary>
    public List<string> Values(TopicPartition partition)
    {
        List<string> values = [];
        foreach (var batch in Batches(partition))
        {
            using var reader = RecordReader.Open(batch);
            while (reader.MoveNext())
            {
                values.Add(System.Text.Encoding.UTF8.GetString(reader.Current.Value.Span));
            }
        }

        return values;
    }

    public List<byte[]> Batches(TopicPartition partition)
    {
        if (!_batches.TryGetValue(partition, out var batches))
        {
            _batches.Add(partition, batches = []);
        }

        return batches;
    }

    private ProduceResponse Produce(int broker, ProduceRequest request) => new()
    {
        Responses = request.TopicData
            .Select(topic => new ProduceResponse.TopicProduceResponse
            {
                Name = topic.Name,
                PartitionResponses = topic.PartitionData
                    .Select(data => Produce(broker, new TopicPartition(topic.Name, data.Index), data.Records.Memory.ToArray()))
                    .ToArray(),
            })
            .ToArray(),
    };

    private ProduceResponse.PartitionProduceResponse Produce(int broker, TopicPartition partition, byte[] batch)
    {
        var header = new RecordBatchHeader(batch);
        Assert.True(header.IsCrcValid);
        var view = new RecordBatchHeaderView(header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.RecordCount);
        var error = Cluster.LeaderOf(partition) == broker ? Refusal(partition, view) : ErrorCode.NotLeaderOrFollower;
        if (error == ErrorCode.None && view.ProducerId >= 0)
        {
            error = CheckSequence(partition, view);
        }

        return new ProduceResponse.PartitionProduceResponse
        {
            Index = partition.Partition,
            ErrorCode = error,
            BaseOffset = error == ErrorCode.None ? AppendBatch(partition, batch) : -1,
            LogStartOffset = LogStart,
        };
    }

    private ErrorCode CheckSequence(TopicPartition partition, RecordBatchHeaderView batch)
    {
        (short Epoch, int Next) known = _sequences.GetValueOrDefault((partition, batch.ProducerId), (batch.Epoch, 0));
        if (batch.Epoch > known.Epoch)
        {
            known = (batch.Epoch, 0);
        }

        if (batch.BaseSequence != known.Next)
        {
            return batch.BaseSequence < known.Next ? ErrorCode.DuplicateSequenceNumber : ErrorCode.OutOfOrderSequenceNumber;
        }

        _sequences[(partition, batch.ProducerId)] = (batch.Epoch, ProducerSequence.Add(known.Next, batch.Count));
        return ErrorCode.None;
    }

    private ListOffsetsResponse ListOffsets(ListOffsetsRequest request) => new()
    {
        Topics = request.Topics
            .Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
            {
                Name = topic.Name,
                Partitions = topic.Partitions
                    .Select(partition => new ListOffsetsResponse.ListOffsetsPartitionResponse
                    {
                        PartitionIndex = partition.PartitionIndex,
                        Offset = partition.Timestamp == -2 ? LogStart : EndOffset(new TopicPartition(topic.Name, partition.PartitionIndex)),
                        Timestamp = -1,
                    })
                    .ToArray(),
            })
            .ToArray(),
    };

    /// <summary>Answers at once where there is something, and with nothing when the wait is over.</summary>
    private async Task<FetchResponse> FetchAsync(int broker, FetchRequest request)
    {
        Fetching();
        var response = Fetch(request);
        if (response.Responses.Length == 0)
        {
            await Cluster.Loop.DelayAsync(request.MaxWaitMs);
            response = Fetch(request);
        }

        return response;
    }

    private FetchResponse Fetch(FetchRequest request)
    {
        var responses = request.Topics
            .Select(topic => new FetchResponse.FetchableTopicResponse
            {
                Topic = topic.Topic,
                TopicId = topic.TopicId,
                Partitions = topic.Partitions
                    .Select(partition => Fetch(new TopicPartition(topic.Topic, partition.Partition), partition.FetchOffset))
                    .Where(data => data.ErrorCode != ErrorCode.None || data.Records.Length > 0)
                    .ToArray(),
            })
            .Where(topic => topic.Partitions.Length > 0)
            .ToArray();
        return new FetchResponse { Responses = responses };
    }

    private FetchResponse.PartitionData Fetch(TopicPartition partition, long offset)
    {
        var error = FetchErrors.GetValueOrDefault(partition);
        if (error == ErrorCode.None && (offset < LogStart || offset > EndOffset(partition)))
        {
            error = ErrorCode.OffsetOutOfRange;
        }

        var records = Batches(partition).Where(batch => new RecordBatchHeader(batch).LastOffset >= offset).SelectMany(batch => batch).ToArray();
        return new FetchResponse.PartitionData
        {
            PartitionIndex = partition.Partition,
            ErrorCode = error,
            HighWatermark = EndOffset(partition),
            AbortedTransactions = Aborted,
            Records = error == ErrorCode.None ? records : Array.Empty<byte>(),
        };
    }
}

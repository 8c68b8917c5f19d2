using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Consumer;

/// <summary>
/// Turns fetched batches into records, one batch at a time: checks checksums, skips what lies before the position, control batches, and
/// with <c>read_committed</c> what aborted transactions wrote. Threading: the poller's.
/// </summary>
internal sealed class RecordDecoder<TKey, TValue>(
    ConsumerConfig config, IDeserializer<TKey> keyDeserializer, IDeserializer<TValue> valueDeserializer)
{
    private readonly HashSet<long> _abortedProducers = [];
    private CompletedFetch? _fetch;
    private FetchResponse.AbortedTransaction[] _aborted = [];
    private int _abortedIndex;
    private int _consumed;

    /// <summary>Offset behind the last batch decoded.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Leader epoch of the last batch decoded.</summary>
    public int LeaderEpoch { get; private set; }

    public void Start(CompletedFetch fetch)
    {
        _fetch = fetch;
        _consumed = 0;
        _abortedProducers.Clear();
        _abortedIndex = 0;
        _aborted = fetch.Aborted.Length == 0 ? [] : fetch.Aborted.OrderBy(transaction => transaction.FirstOffset).ToArray();
        NextOffset = fetch.FetchOffset;
        LeaderEpoch = -1;
    }

    /// <summary>Decodes the next batch into <paramref name="records"/>, which may get none of it; false at the end of the fetch.</summary>
    /// <exception cref="KafkaException">The batch is corrupt, or a deserializer refused a record.</exception>
    public bool DecodeBatch(List<ConsumerRecord<TKey, TValue>> records)
    {
        var span = _fetch!.Records.Span[_consumed..];
        try
        {
            var batches = new BatchIterator(span);
            if (!batches.MoveNext())
            {
                return false;
            }

            var header = batches.Current;
            var bytes = batches.CurrentBytes;
            if (config.CheckCrcs && header.Magic == RecordFormat.MagicV2 && !new RecordBatchHeader(bytes).IsCrcValid)
            {
                throw new CorruptRecordException("Record batch is corrupt: its checksum does not match");
            }

            LeaderEpoch = header.PartitionLeaderEpoch;
            if (IsVisible(header, bytes) && header.NextOffset > NextOffset && !TryDecode(bytes, records))
            {
                // The rest of the batch is for the next call, which has nothing to hand out before the record that cannot be read.
                NextOffset = records[^1].Offset + 1;
                return true;
            }

            NextOffset = Math.Max(NextOffset, header.NextOffset);
            _consumed += batches.Consumed;
            return true;
        }
        catch (RecordsException corrupt)
        {
            throw new KafkaException(
                corrupt.Code,
                $"Received exception when fetching the next record from {_fetch.Partition.Partition} at offset {NextOffset}. If needed, please seek past the record to continue consumption. ({corrupt.Message})")
            {
                TopicPartition = _fetch.Partition.Partition,
            };
        }
    }

    /// <summary>False where a record behind others of the batch cannot be read.</summary>
    private bool TryDecode(ReadOnlySpan<byte> bytes, List<ConsumerRecord<TKey, TValue>> records)
    {
        try
        {
            Decode(bytes, records);
            return true;
        }
        catch (Exception failure) when (failure is RecordDeserializationException or RecordsException && records.Count > 0)
        {
            return false;
        }
    }

    private void Decode(ReadOnlySpan<byte> bytes, List<ConsumerRecord<TKey, TValue>> records)
    {
        var partition = _fetch!.Partition.Partition;
        using var reader = RecordReader.Open(bytes);
        while (reader.MoveNext())
        {
            if (reader.Offset < NextOffset)
            {
                continue;
            }

            var record = reader.Current;
            var (key, value) = Deserialize(partition, record);
            records.Add(new ConsumerRecord<TKey, TValue>
            {
                Topic = partition.Topic,
                Partition = partition.Partition,
                Offset = record.Offset,
                TimestampMs = record.Timestamp,
                TimestampType = record.TimestampType,
                Key = key,
                Value = value,
                Headers = record.Headers.Count == 0 ? [] : record.Headers.ToArray(),
                LeaderEpoch = LeaderEpoch,
                KeySize = record.Key.IsNull ? -1 : record.Key.Length,
                ValueSize = record.Value.IsNull ? -1 : record.Value.Length,
            });
        }
    }

    private (TKey Key, TValue Value) Deserialize(TopicPartition partition, in Record record)
    {
        var isKey = true;
        try
        {
            var key = keyDeserializer.Deserialize(record.Key.Span, record.Key.IsNull);
            isKey = false;
            return (key, valueDeserializer.Deserialize(record.Value.Span, record.Value.IsNull));
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            throw new RecordDeserializationException(partition, record, isKey, failure);
        }
    }

    /// <summary>Control batches are never seen; batches of aborted transactions only with <c>read_uncommitted</c> (KIP-98).</summary>
    private bool IsVisible(in BatchHeader header, ReadOnlySpan<byte> bytes)
    {
        if (config.IsolationLevel == IsolationLevel.ReadUncommitted || !header.HasProducerId)
        {
            return !header.IsControl;
        }

        while (_abortedIndex < _aborted.Length && _aborted[_abortedIndex].FirstOffset <= header.LastOffset)
        {
            _abortedProducers.Add(_aborted[_abortedIndex++].ProducerId);
        }

        if (header.IsControl)
        {
            if (IsAbortMarker(bytes))
            {
                _abortedProducers.Remove(header.ProducerId);
            }

            return false;
        }

        return !header.IsTransactional || !_abortedProducers.Contains(header.ProducerId);
    }

    private static bool IsAbortMarker(ReadOnlySpan<byte> bytes)
    {
        using var reader = RecordReader.Open(bytes);
        return reader.MoveNext() && ControlRecord.ParseType(reader.Current.Key) == ControlRecordType.Abort;
    }
}

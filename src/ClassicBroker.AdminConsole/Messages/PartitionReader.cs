using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.AdminConsole.Messages;

/// <summary>
/// Turns batches as they are stored into what pages show: records that pass a filter, and markers of transactions. Keeps what it has found
/// until that is taken, and counts what it has looked at. Threading: one request's.
/// </summary>
/// <param name="filter">What is wanted.</param>
/// <param name="keepMax">What is kept; more that passes is only counted.</param>
internal sealed class PartitionReader(MessageFilter filter, int keepMax)
{
    private List<MessageView> _found = [];

    /// <summary>Records looked at.</summary>
    public long Scanned { get; private set; }

    /// <summary>Records that passed and were not kept.</summary>
    public long Passed { get; private set; }

    public int Count => _found.Count;

    public List<MessageView> Take()
    {
        var found = _found;
        _found = [];
        return found;
    }

    /// <summary>Reads batches from <paramref name="from"/> on, and what lies before <paramref name="to"/>; the offset to go on
    /// at.</summary>
    /// <exception cref="KafkaException">A batch is corrupt, or its codec is not available.</exception>
    public long Read(TopicPartition partition, ReadOnlySpan<byte> batches, long from, long to)
    {
        var next = from;
        try
        {
            var iterator = new BatchIterator(batches);
            while (next < to && iterator.MoveNext())
            {
                var header = iterator.Current;
                if (header.NextOffset > next)
                {
                    ReadBatch(partition.Partition, header, iterator.CurrentBytes, next, to);
                    next = Math.Max(next, header.NextOffset);
                }
            }
        }
        catch (RecordsException corrupt)
        {
            throw new KafkaException(corrupt.Code, $"{partition} cannot be read from offset {next} on: {corrupt.Message}");
        }

        return Math.Min(next, to);
    }

    private void ReadBatch(int partition, in BatchHeader header, ReadOnlySpan<byte> bytes, long from, long to)
    {
        using var reader = RecordReader.Open(bytes);
        while (reader.MoveNext())
        {
            if (reader.Offset < from || reader.Offset >= to)
            {
                continue;
            }

            Scanned++;
            var record = reader.Current;
            if (header.IsControl ? filter.ShowsControl : filter.Passes(record))
            {
                if (_found.Count < keepMax)
                {
                    _found.Add(View(partition, header, record));
                }
                else
                {
                    Passed++;
                }
            }
        }
    }

    private static MessageView View(int partition, in BatchHeader header, in Record record)
    {
        var view = new MessageView
        {
            Partition = partition,
            Offset = record.Offset,
            TimestampMs = record.Timestamp < 0 ? null : record.Timestamp,
            TimestampType = record.TimestampType switch
            {
                TimestampType.CreateTime => "create",
                TimestampType.LogAppendTime => "append",
                _ => null,
            },
            Kind = "record",
            Compression = header.IsCompressed ? header.Codec.ToString().ToLowerInvariant() : null,
            IsTransactional = header.IsTransactional,
            ProducerId = header.HasProducerId ? header.ProducerId : null,
            ProducerEpoch = header.HasProducerId ? header.ProducerEpoch : null,
            LeaderEpoch = header.PartitionLeaderEpoch < 0 ? null : header.PartitionLeaderEpoch,
        };
        return header.IsControl
            ? view with
            {
                Kind = ControlRecord.ParseType(record.Key) switch
                {
                    ControlRecordType.Commit => "commit",
                    ControlRecordType.Abort => "abort",
                    _ => "control",
                },
            }
            : view with { Key = PayloadView.Of(record.Key), Value = PayloadView.Of(record.Value), Headers = Headers(record) };
    }

    private static List<HeaderView>? Headers(in Record record)
    {
        if (record.Headers.Count == 0)
        {
            return null;
        }

        var headers = new List<HeaderView>(record.Headers.Count);
        foreach (var header in record.Headers)
        {
            headers.Add(new(System.Text.Encoding.UTF8.GetString(header.KeyUtf8), PayloadView.Of(header.Value)));
        }

        return headers;
    }
}

using System.Buffers.Binary;

namespace ClassicBroker.Records;

/// <summary>The control record that ends a transaction in one partition (KIP-98).</summary>
/// <remarks>
/// Its value; newer writers may append to it:
/// <code>
/// 0  version           int16   0
/// 2  coordinatorEpoch  int32
/// </code>
/// </remarks>
public readonly record struct EndTransactionMarker(ControlRecordType Type, int CoordinatorEpoch)
{
    public const int ValueSize = 6;
    public const short CurrentVersion = 0;

    /// <summary>The whole batch a marker travels in: always uncompressed, always one record.</summary>
    public const int BatchSize = 78;

    /// <summary>Reads the marker out of a record of a control batch.</summary>
    /// <exception cref="InvalidRecordException">It is another control record, or malformed.</exception>
    public static EndTransactionMarker Read(Record record)
    {
        var type = ControlRecord.ParseType(record.Key);
        if (type == ControlRecordType.Unknown)
        {
            throw new InvalidRecordException("A control record that is no end transaction marker.");
        }

        if (record.Value.Length < ValueSize)
        {
            throw new InvalidRecordException($"Invalid value size {record.Value.Length} of an end transaction marker.");
        }

        var version = BinaryPrimitives.ReadInt16BigEndian(record.Value.Span);
        return version >= 0
            ? new EndTransactionMarker(type, BinaryPrimitives.ReadInt32BigEndian(record.Value.Span[2..]))
            : throw new InvalidRecordException($"Invalid version {version} of an end transaction marker.");
    }

    /// <summary>Builds the batch that a leader appends for a transaction of <paramref name="producerId"/>.</summary>
    public byte[] ToBatch(long timestamp, long producerId, short producerEpoch, long baseOffset = 0, int partitionLeaderEpoch = -1)
    {
        Span<byte> key = stackalloc byte[ControlRecord.KeySize];
        Span<byte> value = stackalloc byte[ValueSize];
        ControlRecord.WriteKey(key, Type);
        BinaryPrimitives.WriteInt16BigEndian(value, CurrentVersion);
        BinaryPrimitives.WriteInt32BigEndian(value[2..], CoordinatorEpoch);
        using var builder = new RecordBatchBuilder(initialCapacity: BatchSize)
        {
            BaseOffset = baseOffset,
            PartitionLeaderEpoch = partitionLeaderEpoch,
            ProducerId = producerId,
            ProducerEpoch = producerEpoch,
            IsTransactional = true,
            IsControl = true,
        };
        builder.Append(timestamp, key, value);
        return builder.Build().ToArray();
    }
}

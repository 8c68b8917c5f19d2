using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Simulation.Bugs;

/// <summary>Changes whole batches in place; their checksums fit again. Stateless.</summary>
internal static class BatchBending
{
    /// <summary>The places of the whole batches in a segment, or in the records of a message.</summary>
    public static List<(int Position, int Size)> PlacesOf(ReadOnlySpan<byte> records)
    {
        var places = new List<(int Position, int Size)>();
        foreach (var batch in new BatchIterator(records))
        {
            places.Add(((int)batch.Position, batch.SizeInBytes));
        }

        return places;
    }

    /// <summary>Makes a batch one of no producer.</summary>
    public static void ForgetProducer(Span<byte> batch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatchHeader.ProducerIdOffset..], RecordFormat.NoProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatchHeader.ProducerEpochOffset..], RecordFormat.NoProducerEpoch);
        SetBaseSequence(batch, RecordFormat.NoSequence);
    }

    public static void SetBaseSequence(Span<byte> batch, int sequence)
    {
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchHeader.BaseSequenceOffset..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(
            batch[RecordBatchHeader.CrcOffset..], Crc32C.Compute(batch[RecordBatchHeader.AttributesOffset..]));
    }
}

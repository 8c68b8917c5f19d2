using System.Buffers.Binary;

namespace ClassicBroker.Records;

/// <summary>The checksum of a whole entry, whatever its magic: CRC-32C in a v2 batch, CRC-32 in a message of format 0 or 1.</summary>
public static class BatchChecksum
{
    /// <param name="batch">Exactly the bytes of one entry whose header has been read.</param>
    public static bool IsValid(ReadOnlySpan<byte> batch) =>
        batch[RecordFormat.MagicOffset] == RecordFormat.MagicV2
            ? new RecordBatchHeader(batch).IsCrcValid
            : BinaryPrimitives.ReadUInt32BigEndian(batch[LegacyMessage.CrcOffset..]) == LegacyMessage.ComputeCrc(batch);
}

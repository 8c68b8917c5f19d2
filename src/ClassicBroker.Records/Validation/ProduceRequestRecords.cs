namespace ClassicBroker.Records;

/// <summary>What a produce request of a given version may carry for one partition, before any topic's configuration is asked.</summary>
public static class ProduceRequestRecords
{
    /// <summary>From this version on exactly one v2 batch.</summary>
    private const int FirstVersionWithBatches = 3;

    private const int FirstVersionWithZstd = 7;

    /// <exception cref="RecordsException">The version does not allow these records.</exception>
    public static void Check(short requestVersion, in RecordSet records)
    {
        if (requestVersion < FirstVersionWithBatches)
        {
            return;
        }

        if (!records.HasBatch)
        {
            throw new InvalidRecordException(
                $"Produce requests with version {requestVersion} must have at least one record batch per partition");
        }

        var first = records.First;
        if (first.Magic != RecordFormat.MagicV2)
        {
            throw new InvalidRecordException(
                $"Produce requests with version {requestVersion} are only allowed to contain record batches with magic version 2");
        }

        if (requestVersion < FirstVersionWithZstd)
        {
            RecordSetAnalysis.RequireKnownCodec(first);
            if (first.Codec == CompressionCodec.Zstd)
            {
                throw new CodecUnavailableException(
                    CompressionCodec.Zstd, $"Produce requests with version {requestVersion} are not allowed to use ZStandard compression");
            }
        }

        if (records.HasMore && RecordSet.Open(records.Bytes[first.SizeInBytes..]).HasBatch)
        {
            throw new InvalidRecordException(
                $"Produce requests with version {requestVersion} are only allowed to contain exactly one record batch per partition");
        }
    }
}

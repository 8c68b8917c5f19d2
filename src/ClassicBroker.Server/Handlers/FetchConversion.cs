using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Fetch;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Storage;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// Puts records into the format an old consumer reads: format 0 before Fetch 2, format 1 before Fetch 4. Newer requests never come here
/// with work to do. Stateless; safe from any thread.
/// </summary>
public sealed class FetchConversion(ReplicaManager replicas, BrokerTopicStats stats)
{
    private const short FirstVersionWithFormat1 = 2;
    private const short FirstVersionWithFormat2 = 4;
    private const short FirstVersionWithZstd = 10;

    /// <summary>Do records have to be read, and perhaps rewritten, before they can be sent?</summary>
    public static bool IsNeeded(short version, FetchPartitionResult[] results) =>
        version < FirstVersionWithFormat2 && Array.Exists(results, static result => result.Records is not null);

    /// <summary>Replaces the answer's records, or refuses them, as the request's version demands.</summary>
    public void Convert(in FetchPartition request, in FetchPartitionResult result, FetchResponse.PartitionData answer, short version)
    {
        if (version >= FirstVersionWithZstd
            || result.Error != ErrorCode.None
            || !replicas.TryGetOnline(request.TopicPartition, out var partition)
            || partition.Log is not { } log)
        {
            return;
        }

        if (log.Config.Compression is { Codec: CompressionCodec.Zstd })
        {
            Refuse(answer, result, ErrorCode.UnsupportedCompressionType);
            return;
        }

        if (version < FirstVersionWithFormat2 && result.Records is not null)
        {
            var magic = version < FirstVersionWithFormat1 ? RecordFormat.MagicV0 : RecordFormat.MagicV1;
            ConvertTo(magic, request, result, answer, log);
        }
    }

    private void ConvertTo(
        byte magic,
        in FetchPartition request,
        in FetchPartitionResult result,
        FetchResponse.PartitionData answer,
        PartitionLog log)
    {
        var records = new byte[result.SizeInBytes];
        try
        {
            var read = result.Records!.File.Read(records, result.Records.Position);
            if (IsReadable(records.AsSpan(0, read), magic))
            {
                return;
            }

            if (!log.Config.MessageDownconversionEnable)
            {
                Refuse(answer, result, ErrorCode.UnsupportedVersion);
                return;
            }

            var began = replicas.Time.GetTimestamp();
            answer.Records = DownConvert(records.AsSpan(0, read), magic, request.FetchOffset);
            stats.Converted(
                request.TopicPartition.Topic,
                RecordsAbove(magic, records.AsSpan(0, read)),
                replicas.Time.GetElapsedTime(began),
                answer.Records.Length);
            result.Discard();
        }
        catch (RecordsException refused)
        {
            Refuse(answer, result, refused.Code);
        }
        catch (StorageException)
        {
            // What one partition's disk cannot read must not cost the others their answers, nor their files their release.
            Refuse(answer, result, ErrorCode.KafkaStorageError);
        }
    }

    private static RecordsPayload DownConvert(ReadOnlySpan<byte> records, byte magic, long fetchOffset)
    {
        var converted = new PooledBuffer(records.Length);
        try
        {
            RecordConverter.DownConvert(records, magic, fetchOffset, converted);
        }
        catch (RecordsException)
        {
            converted.Dispose();
            throw;
        }

        return new RecordsPayload(new MemoryPayload(converted.Memory, converted));
    }

    private static long RecordsAbove(byte magic, ReadOnlySpan<byte> records)
    {
        var count = 0L;
        foreach (var batch in new BatchIterator(records))
        {
            if (batch.Magic > magic)
            {
                count += batch.Magic >= RecordFormat.MagicV2 ? batch.RecordCount : 1;
            }
        }

        return count;
    }

    private static bool IsReadable(ReadOnlySpan<byte> records, byte magic)
    {
        foreach (var batch in new BatchIterator(records))
        {
            if (batch.Magic > magic)
            {
                return false;
            }
        }

        return true;
    }

    private static void Refuse(FetchResponse.PartitionData answer, in FetchPartitionResult result, ErrorCode error)
    {
        result.Discard();
        answer.ErrorCode = error;
        (answer.HighWatermark, answer.LastStableOffset, answer.LogStartOffset) = (-1, -1, -1);
        answer.Records = RecordsPayload.Empty;
    }
}

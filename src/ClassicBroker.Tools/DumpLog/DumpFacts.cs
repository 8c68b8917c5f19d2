using System.Text;
using ClassicBroker.Records;
using ClassicBroker.Storage;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>
/// The lists of <c>kafka-dump-log --output</c>: batches and records of logs, entries of indexes, producers of snapshots. Each entry says
/// which file it is of. The document is held in memory: <c>--max-bytes</c> bounds it. Stateless.
/// </summary>
internal static class DumpFacts
{
    public static void AddBatch(FactDocument facts, string file, in BatchHeader header, ReadOnlySpan<byte> bytes)
    {
        var batch = header;
        uint crc;
        bool isValid;
        long? deleteHorizonMs = null;
        if (header.Magic >= RecordFormat.MagicV2)
        {
            var current = new RecordBatchHeader(bytes);
            (crc, isValid) = (current.Crc, current.IsCrcValid);
            deleteHorizonMs = current.HasDeleteHorizon ? current.DeleteHorizonMs : null;
        }
        else
        {
            var message = new LegacyMessage(bytes);
            (crc, isValid) = (message.Crc, message.IsCrcValid);
        }

        facts.Add("batches", json =>
        {
            json.WriteString("file", file);
            json.WriteNumber("baseOffset", batch.BaseOffset);
            json.WriteNumber("lastOffset", batch.LastOffset);
            json.WriteNumber("count", batch.RecordCount);
            json.WriteNumber("position", batch.Position);
            json.WriteNumber("size", batch.SizeInBytes);
            json.WriteNumber("magic", batch.Magic);
            json.WriteString("compression", batch.Codec.ToString().ToLowerInvariant());
            json.WriteString("timestampType", batch.TimestampType.ToString());
            json.WriteNumber("maxTimestamp", batch.MaxTimestamp);
            json.WriteNumber("partitionLeaderEpoch", batch.PartitionLeaderEpoch);
            json.WriteNumber("producerId", batch.ProducerId);
            json.WriteNumber("producerEpoch", batch.ProducerEpoch);
            json.WriteNumber("baseSequence", batch.BaseSequence);
            json.WriteBoolean("isTransactional", batch.IsTransactional);
            json.WriteBoolean("isControl", batch.IsControl);
            json.WriteNumberOrNull("deleteHorizonMs", deleteHorizonMs);
            json.WriteNumber("crc", crc);
            json.WriteBoolean("isCrcValid", isValid);
        });
    }

    /// <param name="facts">Where to.</param>
    /// <param name="file">The log.</param>
    /// <param name="record">A record of it.</param>
    /// <param name="data">Its key and its payload as the decoder reads them, where the data is asked for.</param>
    /// <param name="control">What a control record says; null for others.</param>
    public static void AddRecord(FactDocument facts, string file, in Record record, (string? Key, string? Payload)? data, string? control)
    {
        var (offset, timestamp, keySize, valueSize) = (
            record.Offset, record.Timestamp, record.Key.IsNull ? -1 : record.Key.Length, record.Value.IsNull ? -1 : record.Value.Length);
        List<string> headers = [];
        foreach (var header in record.Headers)
        {
            headers.Add(Encoding.UTF8.GetString(header.KeyUtf8));
        }

        facts.Add("records", json =>
        {
            json.WriteString("file", file);
            json.WriteNumber("offset", offset);
            json.WriteNumber("timestamp", timestamp);
            json.WriteNumber("keySize", keySize);
            json.WriteNumber("valueSize", valueSize);
            json.WriteStrings("headerKeys", headers);
            json.WriteString("control", control);
            if (data is { } decoded)
            {
                json.WriteString("key", decoded.Key);
                json.WriteString("payload", decoded.Payload);
            }
        });
    }

    public static void AddOffset(FactDocument facts, string file, long offset, int position) =>
        facts.Add("offsetIndex", json =>
        {
            json.WriteString("file", file);
            json.WriteNumber("offset", offset);
            json.WriteNumber("position", position);
        });

    public static void AddTime(FactDocument facts, string file, long timestamp, long offset) =>
        facts.Add("timeIndex", json =>
        {
            json.WriteString("file", file);
            json.WriteNumber("timestamp", timestamp);
            json.WriteNumber("offset", offset);
        });

    public static void AddProducer(FactDocument facts, string file, ProducerSnapshotEntry producer) =>
        facts.Add("producers", json =>
        {
            json.WriteString("file", file);
            json.WriteNumber("producerId", producer.ProducerId);
            json.WriteNumber("producerEpoch", producer.ProducerEpoch);
            json.WriteNumber("coordinatorEpoch", producer.CoordinatorEpoch);
            json.WriteNumberOrNull(
                "currentTransactionFirstOffset", producer.CurrentTxnFirstOffset >= 0 ? producer.CurrentTxnFirstOffset : null);
            json.WriteNumber("lastSequence", producer.LastSequence);
            json.WriteNumber("lastOffset", producer.LastOffset);
            json.WriteNumber("timestamp", producer.Timestamp);
        });

    public static void AddAborted(
        FactDocument facts, string file, long producerId, long firstOffset, long lastOffset, long lastStableOffset) =>
        facts.Add("abortedTransactions", json =>
        {
            json.WriteString("file", file);
            json.WriteNumber("producerId", producerId);
            json.WriteNumber("firstOffset", firstOffset);
            json.WriteNumber("lastOffset", lastOffset);
            json.WriteNumber("lastStableOffset", lastStableOffset);
        });
}

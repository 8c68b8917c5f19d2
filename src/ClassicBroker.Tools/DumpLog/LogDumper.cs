using System.Text;
using ClassicBroker.Records;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>
/// Prints a <c>.log</c> file, or a snapshot of KRaft: a line for each batch, and one for each record where asked for. Used by one tool.
/// </summary>
internal sealed class LogDumper(TextWriter output, DumpErrors errors, DumpOptions options)
{
    public void Dump(string path, SegmentBytes segment)
    {
        (options.Facts is null ? output : TextWriter.Null).WriteLine(DumpPaths.Beginning(path));
        var position = 0L;
        var lastOffset = -1L;
        try
        {
            while (position < options.MaxBytes && segment.TryReadHeader(position, out var header))
            {
                var batch = segment.Read(header);
                if (options.Facts is not null)
                {
                    DumpFacts.AddBatch(options.Facts, path, header, batch);
                }
                else
                {
                    PrintBatch(header, batch);
                }

                if (options.IsDeep)
                {
                    lastOffset = PrintRecords(path, header, batch, lastOffset);
                }

                position += header.SizeInBytes;
            }
        }
        catch (RecordsException corrupt)
        {
            output.WriteLine(corrupt.Message);
        }

        if (position < segment.Length && options.MaxBytes == int.MaxValue)
        {
            output.WriteLine($"Found {segment.Length - position} invalid bytes at the end of {Path.GetFileName(path)}");
        }
    }

    private static string Lower(bool value) => value ? "true" : "false";

    private void PrintBatch(in BatchHeader header, ReadOnlySpan<byte> bytes)
    {
        uint crc;
        bool isValid;
        if (header.Magic >= RecordFormat.MagicV2)
        {
            var batch = new RecordBatchHeader(bytes);
            (crc, isValid) = (batch.Crc, batch.IsCrcValid);
            var horizon = batch.HasDeleteHorizon ? $"OptionalLong[{batch.DeleteHorizonMs}]" : "OptionalLong.empty";
            output.Write(
                $"baseOffset: {batch.BaseOffset} lastOffset: {batch.LastOffset} count: {batch.RecordCount} baseSequence: {batch.BaseSequence} "
                + $"lastSequence: {batch.LastSequence} producerId: {batch.ProducerId} producerEpoch: {batch.ProducerEpoch} "
                + $"partitionLeaderEpoch: {batch.PartitionLeaderEpoch} isTransactional: {Lower(batch.IsTransactional)} "
                + $"isControl: {Lower(batch.IsControl)} deleteHorizonMs: {horizon}");
        }
        else
        {
            var message = new LegacyMessage(bytes);
            (crc, isValid) = (message.Crc, message.IsCrcValid);
            output.Write($"offset: {header.LastOffset}");
        }

        var codec = header.Codec.ToString().ToLowerInvariant();
        output.WriteLine(
            $" position: {header.Position} {header.TimestampType}: {header.MaxTimestamp} size: {header.SizeInBytes} magic: {header.Magic} "
            + $"compresscodec: {codec} crc: {crc} isvalid: {Lower(isValid)}");
    }

    private long PrintRecords(string path, in BatchHeader header, ReadOnlySpan<byte> bytes, long lastOffset)
    {
        using var reader = RecordReader.Open(bytes);
        while (reader.MoveNext())
        {
            if (lastOffset >= 0 && reader.Offset != lastOffset + 1)
            {
                errors.NonConsecutive(path, lastOffset, reader.Offset);
            }

            lastOffset = reader.Offset;
            if (options.Facts is not null)
            {
                Add(options.Facts, path, header, reader);
                continue;
            }

            PrintRecord(header, reader);
        }

        return lastOffset;
    }

    private void Add(FactDocument facts, string path, in BatchHeader header, in RecordReader reader)
    {
        var record = reader.Current;
        DumpFacts.AddRecord(
            facts,
            path,
            record,
            options.PrintsData && !header.IsControl ? options.Decoder.Decode(record) : null,
            header.IsControl ? ControlRecordText.Of(record) : null);
    }

    private void PrintRecord(in BatchHeader header, in RecordReader reader)
    {
        var record = reader.Current;
        var prefix = "| ";
        if (!options.SkipsRecordMetadata)
        {
            var keySize = record.Key.IsNull ? -1 : record.Key.Length;
            var valueSize = record.Value.IsNull ? -1 : record.Value.Length;
            output.Write(
                $"{prefix}offset: {record.Offset} {record.TimestampType}: {record.Timestamp} keySize: {keySize} valueSize: {valueSize}");
            prefix = " ";
            if (header.Magic >= RecordFormat.MagicV2)
            {
                PrintV2Metadata(header, record);
            }
            else
            {
                // The brace that nothing opened is Kafka's.
                output.Write($" isValid: {Lower(reader.CurrentMessage.IsCrcValid)} crc: {reader.CurrentMessage.Crc}}}");
            }
        }

        if (options.PrintsData && !header.IsControl)
        {
            var (key, payload) = options.Decoder.Decode(record);
            if (key is not null)
            {
                output.Write($"{prefix}key: {key}");
            }

            if (payload is not null)
            {
                output.Write($" payload: {payload}");
            }
        }

        output.WriteLine();
    }

    private void PrintV2Metadata(in BatchHeader header, in Record record)
    {
        var sequence = header.BaseSequence < 0
            ? RecordFormat.NoSequence
            : ProducerSequence.Add(header.BaseSequence, (int)(record.Offset - header.BaseOffset));
        var keys = new StringBuilder();
        foreach (var headerView in record.Headers)
        {
            keys.Append(keys.Length > 0 ? "," : "").Append(Encoding.UTF8.GetString(headerView.KeyUtf8));
        }

        output.Write($" sequence: {sequence} headerKeys: [{keys}]");
        if (header.IsControl)
        {
            output.Write($" {ControlRecordText.Of(record)}");
        }
    }
}

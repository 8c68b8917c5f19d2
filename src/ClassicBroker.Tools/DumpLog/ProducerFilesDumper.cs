using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Prints <c>.snapshot</c> and <c>.txnindex</c> files. Used by one tool.</summary>
/// <remarks>
/// <code>
/// .snapshot    0  version  int16 = 1    2  crc  uint32    6  count  int32    10  entries of 46 bytes:
///              producerId int64, producerEpoch int16, lastSequence int32, lastOffset int64, offsetDelta int32, timestamp int64,
///              coordinatorEpoch int32, currentTxnFirstOffset int64
/// .txnindex    entries of 34 bytes: version int16, producerId int64, firstOffset int64, lastOffset int64, lastStableOffset int64
/// </code>
/// </remarks>
internal sealed class ProducerFilesDumper(IFileSystem files, TextWriter output)
{
    private const int CrcStart = 6;
    private const int TransactionEntrySize = 34;

    public void DumpSnapshot(string path)
    {
        var bytes = ReadAll(path);
        try
        {
            var reader = new SpanReader(bytes);
            var version = reader.ReadInt16();
            var crc = reader.ReadUInt32();
            if (version != 1 || crc != Crc32C.Compute(bytes[CrcStart..]))
            {
                throw new MalformedDataException("its version is unknown or its checksum does not match");
            }

            for (var left = reader.ReadInt32(); left > 0; left--)
            {
                PrintProducer(ref reader);
            }
        }
        catch (MalformedDataException malformed)
        {
            output.WriteLine($"Snapshot {path} is corrupt: {malformed.Message}");
        }
    }

    public void DumpTransactionIndex(string path)
    {
        var reader = new SpanReader(ReadAll(path));
        while (reader.Remaining >= TransactionEntrySize)
        {
            output.WriteLine(
                $"version: {reader.ReadInt16()} producerId: {reader.ReadInt64()} firstOffset: {reader.ReadInt64()} "
                + $"lastOffset: {reader.ReadInt64()} lastStableOffset: {reader.ReadInt64()}");
        }
    }

    private void PrintProducer(ref SpanReader reader)
    {
        var producerId = reader.ReadInt64();
        var epoch = reader.ReadInt16();
        var lastSequence = reader.ReadInt32();
        var lastOffset = reader.ReadInt64();
        var offsetDelta = reader.ReadInt32();
        var timestamp = reader.ReadInt64();
        var coordinatorEpoch = reader.ReadInt32();
        var firstOffset = reader.ReadInt64();
        var transaction = firstOffset >= 0 ? $"OptionalLong[{firstOffset}]" : "OptionalLong.empty";
        output.Write(
            $"producerId: {producerId} producerEpoch: {epoch} coordinatorEpoch: {coordinatorEpoch} currentTxnFirstOffset: {transaction} "
            + $"lastTimestamp: {timestamp} ");
        if (lastOffset >= 0)
        {
            var firstSequence = ProducerSequence.Subtract(lastSequence, offsetDelta);
            output.Write(
                $"firstSequence: {firstSequence} lastSequence: {lastSequence} lastOffset: {lastOffset} offsetDelta: {offsetDelta} "
                + $"timestamp: {timestamp}");
        }

        output.WriteLine();
    }

    private ReadOnlySpan<byte> ReadAll(string path)
    {
        using var file = files.Open(path, FileOpenMode.Read);
        var bytes = new byte[file.Length];
        return bytes.AsSpan(0, file.Read(bytes, 0));
    }
}

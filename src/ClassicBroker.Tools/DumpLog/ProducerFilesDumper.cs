using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Storage;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Prints <c>.snapshot</c> and <c>.txnindex</c> files. Used by one tool.</summary>
internal sealed class ProducerFilesDumper(IFileSystem files, TextWriter output, FactDocument? facts)
{
    public void DumpSnapshot(string path)
    {
        try
        {
            foreach (var producer in ProducerSnapshotFile.Read(files, path))
            {
                if (facts is not null)
                {
                    DumpFacts.AddProducer(facts, path, producer);
                    continue;
                }

                Print(producer);
            }
        }
        catch (MalformedDataException malformed)
        {
            output.WriteLine(malformed.Message);
        }
    }

    public void DumpTransactionIndex(string path)
    {
        using var file = files.Open(path, FileOpenMode.Read);
        Span<byte> entry = stackalloc byte[TransactionIndexEntry.Size];
        for (var position = 0L; file.Read(entry, position) == entry.Length; position += entry.Length)
        {
            var (version, aborted) = TransactionIndexEntry.Read(entry);
            if (facts is not null)
            {
                DumpFacts.AddAborted(
                    facts, path, aborted.ProducerId, aborted.FirstOffset, aborted.LastOffset, aborted.LastStableOffset);
                continue;
            }

            output.WriteLine(
                $"version: {version} producerId: {aborted.ProducerId} firstOffset: {aborted.FirstOffset} "
                + $"lastOffset: {aborted.LastOffset} lastStableOffset: {aborted.LastStableOffset}");
        }
    }

    private void Print(in ProducerSnapshotEntry producer)
    {
        var transaction = producer.CurrentTxnFirstOffset >= 0 ? $"OptionalLong[{producer.CurrentTxnFirstOffset}]" : "OptionalLong.empty";
        output.Write(
            $"producerId: {producer.ProducerId} producerEpoch: {producer.ProducerEpoch} coordinatorEpoch: {producer.CoordinatorEpoch} "
            + $"currentTxnFirstOffset: {transaction} lastTimestamp: {producer.Timestamp} ");
        if (producer.LastOffset >= 0)
        {
            output.Write(
                $"firstSequence: {ProducerSequence.Subtract(producer.LastSequence, producer.OffsetDelta)} "
                + $"lastSequence: {producer.LastSequence} lastOffset: {producer.LastOffset} offsetDelta: {producer.OffsetDelta} "
                + $"timestamp: {producer.Timestamp}");
        }

        output.WriteLine();
    }
}

using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>Finds the end-of-transaction marker in a control batch.</summary>
internal static class TransactionMarkers
{
    /// <summary>
    /// The marker; null where the batch holds none: it is no control batch, one of another type, or one the cleaner emptied.
    /// </summary>
    public static EndTransactionMarker? Find(in BatchHeader batch, ReadOnlySpan<byte> bytes)
    {
        if (!batch.IsControl)
        {
            return null;
        }

        using var records = RecordReader.Open(bytes);
        return records.MoveNext() && ControlRecord.ParseType(records.Current.Key) != ControlRecordType.Unknown
            ? EndTransactionMarker.Read(records.Current)
            : null;
    }
}

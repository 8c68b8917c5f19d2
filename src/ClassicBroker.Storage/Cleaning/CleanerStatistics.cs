namespace ClassicBroker.Storage;

/// <summary>
/// What one cleaning read and wrote, and how long it took. Owned by the cleaning, and read by metrics when it is over. Threading: written
/// by one thread at a time; read by any once finished.
/// </summary>
internal sealed class CleanerStatistics(long startedMs)
{
    /// <summary>Of a cleaner that has cleaned nothing yet.</summary>
    public static CleanerStatistics None { get; } = new(0);

    public long MapBytesRead { get; set; }

    public long BytesRead { get; set; }

    public long BytesWritten { get; set; }

    public long MessagesRead { get; set; }

    public long MessagesWritten { get; set; }

    /// <summary>Records without a key, which a compacted log cannot keep.</summary>
    public long InvalidMessages { get; set; }

    public double BufferUtilization { get; set; }

    public double ElapsedSeconds { get; private set; }

    public double IndexSeconds { get; private set; }

    public void EndIndexing(long nowMs) => IndexSeconds = (nowMs - startedMs) / 1000.0;

    public void End(long nowMs) => ElapsedSeconds = (nowMs - startedMs) / 1000.0;
}

using System.Globalization;

namespace ClassicBroker.Storage;

/// <summary>Names of the files of a partition directory: the base offset in twenty digits, and a suffix.</summary>
public static class LogFileNames
{
    public const string LogSuffix = ".log";
    public const string OffsetIndexSuffix = ".index";
    public const string TimeIndexSuffix = ".timeindex";
    public const string TransactionIndexSuffix = ".txnindex";
    public const string ProducerSnapshotSuffix = ".snapshot";

    /// <summary>On its way out; removed after <c>file.delete.delay.ms</c>.</summary>
    public const string DeletedSuffix = ".deleted";

    /// <summary>The cleaner is writing it.</summary>
    public const string CleanedSuffix = ".cleaned";

    /// <summary>The cleaner has finished it; it replaces others.</summary>
    public const string SwapSuffix = ".swap";

    public const string LeaderEpochCheckpoint = "leader-epoch-checkpoint";
    public const string PartitionMetadata = "partition.metadata";

    private const int OffsetDigits = 20;

    public static string Of(long baseOffset, string suffix) => baseOffset.ToString("D20", CultureInfo.InvariantCulture) + suffix;

    /// <summary>Reads the offset off the front of a file name; false for files that are named otherwise.</summary>
    public static bool TryParseOffset(string name, out long offset)
    {
        offset = 0;
        return name.Length > OffsetDigits
            && name[OffsetDigits] == '.'
            && long.TryParse(name.AsSpan(0, OffsetDigits), NumberStyles.None, CultureInfo.InvariantCulture, out offset);
    }

    /// <summary>Is the file of the kind <paramref name="suffix"/>, named by its offset and nothing more?</summary>
    public static bool IsOffsetFile(string name, string suffix, out long offset) =>
        TryParseOffset(name, out offset) && name.AsSpan(OffsetDigits).SequenceEqual(suffix);

    /// <summary>Is the file an index of a segment?</summary>
    public static bool IsIndex(string name, out long baseOffset) =>
        IsOffsetFile(name, OffsetIndexSuffix, out baseOffset)
        || IsOffsetFile(name, TimeIndexSuffix, out baseOffset)
        || IsOffsetFile(name, TransactionIndexSuffix, out baseOffset);
}

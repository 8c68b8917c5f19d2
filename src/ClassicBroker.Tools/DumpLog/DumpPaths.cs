using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>What the names of a log's files tell. Stateless.</summary>
internal static class DumpPaths
{
    /// <summary>What a snapshot of KRaft ends in.</summary>
    public const string SnapshotSuffix = ".checkpoint";

    private const string BootstrapSnapshot = "bootstrap.checkpoint";

    /// <summary>The digits of the offset and of the epoch in a snapshot's name, with a hyphen between them.</summary>
    private const int OffsetWidth = 20;
    private const int EpochWidth = 10;

    /// <summary>What a dump of records begins with.</summary>
    /// <exception cref="JavaFailure">The name is not that of a segment or of a snapshot.</exception>
    public static string Beginning(string path) =>
        Suffix(path) != SnapshotSuffix ? $"Log starting offset: {BaseOffset(path)}"
        : Path.GetFileName(path) == BootstrapSnapshot ? "KRaft bootstrap snapshot"
        : SnapshotId(Path.GetFileName(path));

    /// <summary>The offset a file's name begins with.</summary>
    /// <exception cref="JavaFailure">It begins with something else.</exception>
    public static long BaseOffset(string path)
    {
        var name = Path.GetFileName(path);
        var stem = name.Split('.')[0];
        return JavaText.TryParseLong(stem, out var offset)
            ? offset
            : throw NoNumber(stem);
    }

    /// <summary>What a file's name ends in, the full stop included.</summary>
    /// <exception cref="JavaFailure">It has no full stop, as a checkpoint of leader epochs has none.</exception>
    public static string Suffix(string path)
    {
        var name = Path.GetFileName(path);
        var dot = name.LastIndexOf('.');
        return dot >= 0
            ? name[dot..]
            : throw new JavaFailure(
                "java.lang.StringIndexOutOfBoundsException", $"begin -1, end {name.Length}, length {name.Length}");
    }

    /// <summary>The log file beside an index.</summary>
    public static string LogOf(string indexPath) => Path.ChangeExtension(indexPath, ".log");

    /// <summary>The offset index beside a time index.</summary>
    public static string OffsetIndexOf(string timeIndexPath) => Path.ChangeExtension(timeIndexPath, ".index");

    private static string SnapshotId(string name)
    {
        if (name.Length < OffsetWidth + 1 + EpochWidth)
        {
            throw new JavaFailure(
                "java.lang.StringIndexOutOfBoundsException", $"begin 0, end {OffsetWidth + 1 + EpochWidth}, length {name.Length}");
        }

        var (offset, epoch) = (name[..OffsetWidth], name.Substring(OffsetWidth + 1, EpochWidth));
        if (!JavaText.TryParseLong(offset, out var end))
        {
            throw NoNumber(offset);
        }

        return JavaText.TryParseInt(epoch, out var number) ? $"Snapshot end offset: {end}, epoch: {number}" : throw NoNumber(epoch);
    }

    private static JavaFailure NoNumber(string text) => new("java.lang.NumberFormatException", $"For input string: \"{text}\"");
}

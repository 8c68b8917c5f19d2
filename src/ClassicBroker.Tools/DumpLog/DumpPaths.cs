using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>What the names of a log's files tell. Stateless.</summary>
internal static class DumpPaths
{
    /// <summary>The offset a file's name begins with.</summary>
    /// <exception cref="JavaFailure">It begins with something else.</exception>
    public static long BaseOffset(string path)
    {
        var name = Path.GetFileName(path);
        var stem = name.Split('.')[0];
        return JavaText.TryParseLong(stem, out var offset)
            ? offset
            : throw new JavaFailure("java.lang.NumberFormatException", $"For input string: \"{stem}\"");
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
}

using System.Globalization;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>What the names of a log's files tell. Stateless.</summary>
internal static class DumpPaths
{
    /// <summary>The offset a file's name begins with.</summary>
    /// <exception cref="ToolException">It begins with something else.</exception>
    public static long BaseOffset(string path)
    {
        var name = Path.GetFileName(path);
        var stem = name.Split('.')[0];
        return long.TryParse(stem, NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : throw new ToolException($"java.lang.NumberFormatException: For input string: \"{stem}\"");
    }

    /// <summary>The log file beside an index.</summary>
    public static string LogOf(string indexPath) => Path.ChangeExtension(indexPath, ".log");

    /// <summary>The offset index beside a time index.</summary>
    public static string OffsetIndexOf(string timeIndexPath) => Path.ChangeExtension(timeIndexPath, ".index");
}
